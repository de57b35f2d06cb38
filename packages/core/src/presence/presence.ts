/** A present user, with the ids of all connections of the user there. */
export interface Presence<State = unknown> {
  readonly user: string
  /** The state that `describe` or `setPresence` has set for the newest connection; absent if there is none. */
  readonly state?: State
  /** The ids of the connections, the newest first. */
  readonly connections: readonly string[]
}
