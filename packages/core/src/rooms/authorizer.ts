/** What a client asks for when it joins a room. */
export interface JoinQuery<Match = unknown> {
  /** The name of the room. */
  readonly room: string
  /** How the pattern of `createRoom` matches the name, with its groups; `undefined` for a room that was created by name. */
  readonly match: Match
  /** What the client sent with the request, such as a ticket. It is not validated. */
  readonly payload: unknown
}

/**
 * Decides whether a client may join a room: `true` or `false`. Everything else that it returns or throws is a failure: the
 * client is answered with the code of a `HubError`, or with `internal`.
 */
export type Authorize<Member, Match> = (connection: Member, query: JoinQuery<Match>) => boolean | Promise<boolean>

/** The question that a room's `authorize` answers, with how its pattern matches. */
export interface Authorizer<Member> {
  readonly authorize: Authorize<Member, never>
  /** Matches the whole name; absent for a room that was created by name. */
  readonly pattern: RegExp | undefined
}
