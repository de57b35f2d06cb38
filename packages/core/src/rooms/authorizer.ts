/** The request of a client to join a room. */
export interface JoinQuery<Match = unknown> {
  /** The name of the room. */
  readonly room: string
  /** The match of the pattern of `createRoom` with the name, and its groups; `undefined` for a room that was created by name. */
  readonly match: Match
  /** What the client sent with the request, such as a ticket. It is not validated. */
  readonly payload: unknown
}

/**
 * Decides whether a client may join a room: `true` or `false`. Everything else that it returns or throws is a failure: the
 * client is answered with the code of a `HubError`, or with `internal`.
 */
export type Authorize<Member, Match> = (connection: Member, query: JoinQuery<Match>) => boolean | Promise<boolean>

/** The `authorize` of a room, and the pattern that the name of the room matches. */
export interface Authorizer<Member> {
  readonly authorize: Authorize<Member, never>
  /** Matches the whole name; absent for a room that was created by name. */
  readonly pattern: RegExp | undefined
}
