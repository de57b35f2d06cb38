import type { PresenceChange, PresenceMember } from './broker.js'

/** Who is on one topic: each connection with its server, and how many connections each person has. */
class Attendance {
  readonly seats = new Map<string, { readonly user: string; readonly server: string }>()
  readonly #tabs = new Map<string, number>()

  /** @returns whether it is the person's first */
  add(server: string, { connection, user }: PresenceMember): boolean {
    if (this.seats.has(connection)) return false
    this.seats.set(connection, { user, server })
    const tabs = (this.#tabs.get(user) ?? 0) + 1
    this.#tabs.set(user, tabs)
    return tabs === 1
  }

  /** @returns whether it was the person's last */
  remove({ connection, user }: PresenceMember): boolean {
    if (!this.seats.delete(connection)) return false
    const tabs = (this.#tabs.get(user) ?? 0) - 1
    if (tabs > 0) this.#tabs.set(user, tabs)
    else this.#tabs.delete(user)
    return tabs <= 0
  }
}

/** Who is where, in this process's memory. Which servers live is for others to say. */
export class MemoryPresence {
  readonly #topics = new Map<string, Attendance>()

  /** Adds connections of a server. @returns users who were nowhere on the topic before */
  enter(server: string, topic: string, members: readonly PresenceMember[]): string[] {
    const attendance = this.#topics.get(topic) ?? new Attendance()
    this.#topics.set(topic, attendance)
    return members.filter((member) => attendance.add(server, member)).map(({ user }) => user)
  }

  /** Takes connections away. @returns users who are nowhere on the topic any more */
  leave(topic: string, members: readonly PresenceMember[]): string[] {
    const attendance = this.#topics.get(topic)
    const left = members.filter((member) => attendance?.remove(member)).map(({ user }) => user)
    if (attendance?.seats.size === 0) this.#topics.delete(topic)
    return left
  }

  /** Takes everybody of a server off every topic. @returns who left where */
  drop(server: string): { readonly topic: string; readonly change: PresenceChange }[] {
    return [...this.#topics.keys()].flatMap((topic) => {
      const members = this.#of(topic).filter((seat) => seat.server === server)
      const left = this.leave(topic, members)
      return left.length > 0 ? [{ topic, change: { joined: [], left } }] : []
    })
  }

  list(topic: string): PresenceMember[] {
    return this.#of(topic).map(({ connection, user }) => ({ connection, user }))
  }

  #of(topic: string): (PresenceMember & { readonly server: string })[] {
    return [...(this.#topics.get(topic)?.seats ?? [])].map(([connection, seat]) => ({ connection, ...seat }))
  }
}
