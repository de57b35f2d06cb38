/** Every client asks, and asks again as soon as it has its answer, until a time is over. */
export class ClosedLoop {
  #crowd
  #ask
  #waiting = 0
  #end = 0
  #quiet

  /** @param ask sends what a client asks */
  constructor(crowd, ask) {
    this.#crowd = crowd
    this.#ask = ask
  }

  /** Resolves once the time is over and every client has its last answer. */
  during(ms) {
    const done = new Promise((resolve) => (this.#quiet = resolve))
    this.#end = performance.now() + ms
    for (const client of this.#crowd.clients) this.#begin(client)
    return done
  }

  /** A client has its answer. */
  answered(client) {
    this.#waiting -= 1
    if (client.readAt < this.#end) this.#begin(client)
    else if (this.#waiting === 0) this.#quiet()
  }

  #begin(client) {
    this.#waiting += 1
    this.#ask(client)
  }
}
