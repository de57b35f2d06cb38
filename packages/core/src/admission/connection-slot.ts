/** A seat that is taken for a handshake. */
export interface ConnectionSlot {
  /** Gives the seat back, unless a connection has it; a second call does nothing. */
  release(): void
  /** A connection has the seat from now on: it is given back with `Capacity.leave`. */
  keep(): void
}
