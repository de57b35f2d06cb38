/** A message in a room. */
export interface Said {
  readonly room: string
  readonly from: string
  readonly text: string
}

/** What the server sends to its clients. */
export interface Events {
  said: Said
  left: { readonly room: string; readonly user: string }
  announced: { readonly text: string }
}

/** Whether a user may join a room: the rooms of the staff are closed to others. */
export function mayJoin(user: string | undefined, room: string): boolean {
  return !room.startsWith('staff') || user === 'root'
}

/** What an HTTP route needs of a chat, whichever library serves its sockets. */
export interface Audience {
  announce(text: string): void
  /** Ends the connections of a user. */
  kick(user: string): void
}

/** Passes a message of one server to the other, while both serve the same chat. */
export type Forward = (said: Said) => void

/** The clients of two libraries that serve the same chat. */
export function both(one: Audience, other: Audience): Audience {
  return {
    announce(text) {
      one.announce(text)
      other.announce(text)
    },
    kick(user) {
      one.kick(user)
      other.kick(user)
    },
  }
}
