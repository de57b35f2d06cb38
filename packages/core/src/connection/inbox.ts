/** Whose messages an inbox keeps in order. */
export interface Consumer<Item> {
  /** Handles one message. Never throws; a promise never rejects. */
  process(item: Item): void | Promise<void>
  /** True while a handler waits for a frame of this same peer: the socket must then be read. */
  readonly expectsReply: boolean
  pause(): void
  resume(): void
}

/** Messages that may wait before the socket is paused. */
const BEHIND = 16

/**
 * The messages of one connection on their way to the handlers: in order, at most `concurrency` at a time, none before
 * the connection is open. When handlers fall behind, the socket is paused.
 */
export class Inbox<Item> {
  readonly #consumer: Consumer<Item>
  readonly #concurrency: number
  readonly #limit: number
  readonly #queue: { item: Item; size: number }[] = []
  #next: (() => void) | undefined
  #bytes = 0
  #active = 0
  #behind = BEHIND
  #open = false
  #paused = false
  #idle: (() => void)[] | undefined

  /** @param limit bytes of waiting messages beyond which the socket is paused whatever a handler waits for */
  constructor(consumer: Consumer<Item>, concurrency: number, limit: number) {
    this.#consumer = consumer
    this.#concurrency = concurrency
    this.#limit = limit
  }

  /** Takes one message. @param size its bytes */
  push(item: Item, size: number): void {
    if (this.#free && this.#queue.length === 0) return this.#start(item)
    this.#queue.push({ item, size })
    this.#bytes += size
    this.balance()
  }

  /** Lets the messages through. */
  open(): void {
    this.#open = true
    this.#drain()
  }

  /** Lets the messages through to a loop that pulls: the socket rests whenever one waits. */
  follow(): void {
    this.#behind = 1
    this.open()
  }

  /** Forgets the messages that no handler has begun with. */
  clear(): void {
    this.#queue.length = 0
    this.#bytes = 0
  }

  /** Resolves once every message taken so far has been handled. */
  idle(): Promise<void> {
    if (this.#quiet) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle ??= []
      this.#idle.push(resolve)
    })
  }

  /** Pauses or resumes the socket by what waits here. */
  balance(): void {
    const behind = this.#queue.length >= this.#behind && (!this.#consumer.expectsReply || this.#bytes > this.#limit)
    if (behind === this.#paused || (this.#paused && this.#queue.length > 0 && !this.#consumer.expectsReply)) return
    this.#paused = behind
    if (behind) this.#consumer.pause()
    else this.#consumer.resume()
  }

  get #free(): boolean {
    return this.#open && this.#active < this.#concurrency
  }

  get #quiet(): boolean {
    return this.#open && this.#active === 0 && this.#queue.length === 0
  }

  #start(item: Item): void {
    const done = this.#consumer.process(item)
    if (!done) return
    this.#active += 1
    void done.then((this.#next ??= () => this.#finish()))
  }

  #finish(): void {
    this.#active -= 1
    this.#drain()
  }

  #drain(): void {
    while (this.#free && this.#queue.length > 0) {
      const { item, size } = this.#queue.shift() as { item: Item; size: number }
      this.#bytes -= size
      this.#start(item)
    }
    if (this.#paused) this.balance()
    if (this.#idle && this.#quiet) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
