/** A present user, with the ids of all connections of the user there. */
export interface Presence<State = unknown> {
  readonly user: string
  /** What `describe` or `setPresence` of the newest connection says of the user. Absent if it says nothing. */
  readonly state?: State
  /** The ids of the connections, the newest first. */
  readonly connections: readonly string[]
}
