/**
 * Pongs that may wait in the socket of one client. One that reads what it asks for never has more than those of one
 * packet there, and no browser sends pings at all; the figure is that of ws.
 */
const MAX_UNSENT_PONGS = 60

/** Limits the pongs that wait to be sent: a client that pings and does not read must not fill the memory. */
export class PongLimit {
  #waiting = 0
  readonly #gone = (): void => {
    this.#waiting -= 1
  }

  /** Sends one more, unless too many wait. @returns whether it did */
  send(pong: (gone: () => void) => void): boolean {
    if (this.#waiting >= MAX_UNSENT_PONGS) return false
    this.#waiting += 1
    pong(this.#gone)
    return true
  }
}
