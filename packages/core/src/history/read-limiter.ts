/** Limits how many reads of the store run at once. The others wait, first come, first served. */
export class ReadLimiter {
  readonly #limit: number
  readonly #waiting: (() => Promise<void> | void)[] = []
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Runs a read, at once or as soon as another one has ended. @param read never rejects */
  run(read: () => Promise<void> | void): void {
    if (this.#running >= this.#limit) this.#waiting.push(read)
    else void this.#start(read)
  }

  /** Drops the waiting reads. */
  clear(): void {
    this.#waiting.length = 0
  }

  async #start(read: () => Promise<void> | void): Promise<void> {
    this.#running += 1
    for (let next: typeof read | undefined = read; next; next = this.#waiting.shift()) await next()
    this.#running -= 1
  }
}
