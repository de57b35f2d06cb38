/**
 * Identifies one message of a stream and all messages before it: if two positions are equal, so are all messages up to them.
 * Positions are compared by `epoch` first (plain string comparison), then by `offset`.
 */
export interface Position {
  /** The number of the message. It rises by one with every message, from 1 on, across epochs too. */
  readonly offset: number
  /**
   * Identifies the history: 10 decimal digits and 6 hexadecimal ones. A later epoch compares greater. A new epoch means
   * that continuity was lost.
   */
  readonly epoch: string
  /** Identifies the message itself: 8 hexadecimal digits that the store makes for each append. */
  readonly tag: string
}

/**
 * Why the messages after a position are not complete: they are too old, of another epoch, too many, or written by a newer
 * version of the server.
 */
export type GapReason = 'expired' | 'epoch' | 'too_far' | 'unreadable'
