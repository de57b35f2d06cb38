/** Bytes of the id of a server. */
export const SENDER_BYTES = 6
/** Bytes of the number of an append. */
const COUNT_BYTES = 6
/** Bytes that an append carries: the id of its server, and its number. */
export const SENT_BYTES = SENDER_BYTES + COUNT_BYTES
/** Bytes that a stream's head has for a server: the id and number of its last append, and the time in seconds (4). */
export const NUMBER_BYTES = SENT_BYTES + 4

/** Numbers the appends of this server in the order in which they are sent. */
export class AppendNumbers {
  readonly #sender: Buffer
  #last = 0

  /** @param origin the id of this server, which differs after each start */
  constructor(origin: string) {
    this.#sender = Buffer.from(origin, 'base64url').subarray(0, SENDER_BYTES)
  }

  /** The id of this server and the next number. */
  next(): Buffer {
    this.#last += 1
    const bytes = Buffer.allocUnsafe(SENT_BYTES)
    bytes.set(this.#sender)
    bytes.writeUIntBE(this.#last, SENDER_BYTES, COUNT_BYTES)
    return bytes
  }
}
