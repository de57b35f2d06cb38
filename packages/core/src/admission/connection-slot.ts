/** A connection slot that a handshake has taken. */
export interface ConnectionSlot {
  /** Releases the slot, unless a connection has it; a second call does nothing. */
  release(): void
  /** A connection has the slot from now on: it is released by `Capacity.leave`. */
  keep(): void
}
