/** A seat that is taken until the connection has closed. */
export interface Place {
  /** Gives the seat back; a second call does nothing. */
  release(): void
}
