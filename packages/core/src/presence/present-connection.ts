import type { LocalMember } from './presence-members.js'

/** A connection as presence sees it. */
export interface PresentConnection {
  readonly id: string
  readonly user: string | undefined
  /** What others see of the user, as JSON text. */
  presenceState: string | undefined
  /** When it was opened, in milliseconds on the monotonic clock. */
  readonly openedAt: number
}

/** A connection as a member of its topics; undefined if it has no user. */
export function memberOf({ id, user, presenceState, openedAt }: PresentConnection): LocalMember | undefined {
  return user === undefined ? undefined : { user, connection: id, state: presenceState, openedAt }
}

export function membersOf(connections: Iterable<PresentConnection>): LocalMember[] {
  return [...connections].flatMap((connection) => memberOf(connection) ?? [])
}
