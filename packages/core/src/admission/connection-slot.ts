/** A seat that is taken until the connection has closed. */
export interface ConnectionSlot {
  /** Gives the seat back; a second call does nothing. */
  release(): void
}
