/** Whose messages an inbox keeps in order. */
export interface Consumer<Item> {
  /** Handles one message. Never throws; a promise never rejects. */
  process(item: Item): void | Promise<void>
  /** True while a handler waits for a frame of this same client: the socket must then be read. */
  readonly expectsReply: boolean
  pause(): void
  resume(): void
}

/** Messages that may wait before the socket is paused. */
const BEHIND = 16
/** What a waiting message costs beside its own bytes: a flood of empty frames must not be free. */
const COST = 256
/** Messages that may be handled in one turn of the event loop before others get theirs. */
const AT_A_TIME = 1000

/**
 * The messages of one connection on their way to the handlers: in order, at most `concurrency` at a time, none before
 * the connection is open. When handlers fall behind, the socket is paused.
 */
export class Inbox<Item> {
  readonly #consumer: Consumer<Item>
  readonly #concurrency: number
  readonly #limit: number
  #queue: Queue<Item> | undefined
  #next: (() => void) | undefined
  #active = 0
  #behind = BEHIND
  #open = false
  #paused = false
  #resting = false
  #idle: (() => void)[] | undefined

  /** @param limit bytes of waiting messages beyond which the socket is paused whatever a handler waits for */
  constructor(consumer: Consumer<Item>, concurrency: number, limit: number) {
    this.#consumer = consumer
    this.#concurrency = concurrency
    this.#limit = limit
  }

  /** Takes one message. @param size its bytes */
  push(item: Item, size: number): void {
    if (this.#free && this.#waiting === 0) return this.#start(item)
    this.#queue ??= new Queue()
    this.#queue.push(item, size + COST)
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
    this.#queue = undefined
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
    if (!this.#paused && this.#overfull) {
      this.#paused = true
      this.#consumer.pause()
    } else if (this.#paused && this.#relaxed) {
      this.#paused = false
      this.#consumer.resume()
    }
  }

  // A handler that waits for this client would wait for ever behind a socket that is not read.
  get #overfull(): boolean {
    if (this.#consumer.expectsReply) return (this.#queue?.size ?? 0) > this.#limit
    return this.#waiting >= this.#behind
  }

  // Once paused, it goes on when all is done and not at every message, unless a handler waits for the client.
  get #relaxed(): boolean {
    return this.#waiting === 0 || (this.#consumer.expectsReply && !this.#overfull)
  }

  get #free(): boolean {
    return this.#open && !this.#resting && this.#active < this.#concurrency
  }

  get #quiet(): boolean {
    return this.#open && this.#active === 0 && this.#waiting === 0
  }

  /** Messages that no handler has begun with. */
  get #waiting(): number {
    return this.#queue?.length ?? 0
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
    let handled = 0
    while (this.#free && this.#queue && this.#queue.length > 0 && handled < AT_A_TIME) {
      this.#start(this.#queue.shift() as Item)
      handled += 1
    }
    if (handled === AT_A_TIME) this.#rest()
    if (this.#paused) this.balance()
    if (this.#idle && this.#quiet) for (const resolve of this.#idle.splice(0)) resolve()
  }

  // Other connections come first now; what arrives meanwhile queues behind what waits.
  #rest(): void {
    this.#resting = true
    setImmediate(() => {
      this.#resting = false
      this.#drain()
    })
  }
}

/** First in, first out, without moving the rest at every step. */
class Queue<Item> {
  #items: (Item | undefined)[] = []
  #sizes: number[] = []
  #head = 0
  /** The sizes of all that waits. */
  size = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: Item, size: number): void {
    this.#items.push(item)
    this.#sizes.push(size)
    this.size += size
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head]
    this.size -= this.#sizes[this.#head] ?? 0
    this.#items[this.#head] = undefined
    this.#head += 1
    if (this.#head === this.#items.length) this.clear()
    return item
  }

  clear(): void {
    this.#items = []
    this.#sizes = []
    this.#head = 0
    this.size = 0
  }
}
