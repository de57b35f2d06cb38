/** A user who is somewhere, with all of the user's connections there. */
export interface Presence {
  readonly user: string
  /** The ids of the connections. */
  readonly connections: readonly string[]
}
