/** A present user, with the ids of all connections of the user there. */
export interface Presence {
  readonly user: string
  /** The ids of the connections. */
  readonly connections: readonly string[]
}
