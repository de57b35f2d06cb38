/**
 * Pongs that may wait in the socket of one client. If a client reads its pongs, no more of them wait than it has sent pings
 * in one packet, and browsers send no pings at all. The number is the default of ws.
 */
const MAX_UNSENT_PONGS = 60

/** Limits the pongs that wait to be sent: a client that pings and does not read must not fill the memory. */
export class PongLimit {
  #waiting = 0
  readonly #gone = (): void => {
    this.#waiting -= 1
  }

  /** Sends one more pong, unless too many wait. @returns whether it was sent */
  send(pong: (gone: () => void) => void): boolean {
    if (this.#waiting >= MAX_UNSENT_PONGS) return false
    this.#waiting += 1
    pong(this.#gone)
    return true
  }
}
