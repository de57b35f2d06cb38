import { readNumber, readSender } from './stamp.js'

/** Checks that every receiver gets every message of every sender of its room once and in order. */
export class Ledger {
  delivered = 0
  /** The number of the message that was taken last. */
  number = 0
  #next
  #seats
  #offset

  /** Rooms are runs of `seats` clients: 0 to `seats` - 1 are the first. @param offset where a message begins in its frame */
  constructor(receivers, { seats, offset }) {
    this.#next = new Int32Array(receivers * seats)
    this.#seats = seats
    this.#offset = offset
  }

  /** Takes one delivery. @returns its sender */
  take({ index }, bytes, start) {
    const seats = this.#seats
    const sender = readSender(bytes, start + this.#offset)
    const number = readNumber(bytes, start + this.#offset)
    const seat = sender % seats
    if (sender - seat !== index - (index % seats)) throw new Error(`Client ${index} got a message of another room.`)
    const entry = index * seats + seat
    if (this.#next[entry] !== number) {
      throw new Error(`Client ${index} got message ${number} of ${sender} in place of ${this.#next[entry]}.`)
    }
    this.#next[entry] = number + 1
    this.number = number
    this.delivered += 1
    return sender
  }
}
