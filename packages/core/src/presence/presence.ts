/** A user who is present, with all connections of the user in the room or the hub. */
export interface Presence<State = unknown> {
  readonly user: string
  /** The state that `describe` or `setPresence` has set for the newest connection; absent if there is none. */
  readonly state?: State
  /** The ids of the connections, the newest first. */
  readonly connections: readonly string[]
}
