import { SizedFifo } from './sized-fifo.js'

/** Whose messages an inbox keeps in order. */
export interface QueueConsumer<Item> {
  /** Handles one message. Never throws; a promise never rejects. */
  process(item: Item): void | Promise<void>
  /** Bytes that may wait here before the socket is paused. */
  readonly room: number
  /** Bytes that may wait here when it is read again. */
  readonly rest: number
  /** Whether this message may be handled now. If not, the consumer calls {@link MessageQueue.drain} when it may be. */
  admits(item: Item): boolean
  /** The handler of this message is running. @returns what to call when it has ended; `undefined` if nothing is */
  busy(item: Item): (() => void) | undefined
  /** Bytes that a waiting message occupies. @param bytes those of its frame */
  weigh(item: Item, bytes: number): number
  /** The same message in a form that holds no more memory than its bytes. */
  keep(item: Item): Item
  /** More (or fewer) bytes wait than before. */
  charge(bytes: number): void
  pause(): void
  resume(): void
}

/** What a waiting message costs beside its own bytes: a flood of empty frames must not be free. */
const MESSAGE_OVERHEAD_BYTES = 256
/** Messages that may be handled in one turn of the event loop before others get theirs. */
const MAX_PER_SLICE = 1000

/**
 * The messages of one connection on their way to the handlers: in order, at most `concurrency` at a time, none before
 * the connection is open. The socket is paused when more bytes wait than the consumer has room for.
 */
export class MessageQueue<Item> {
  readonly #consumer: QueueConsumer<Item>
  readonly #concurrency: number
  #queue: SizedFifo<Item> | undefined
  #next: (() => void) | undefined
  #active = 0
  #open = false
  #paused = false
  #resting = false
  #held = false
  #idle: (() => void)[] | undefined

  constructor(consumer: QueueConsumer<Item>, concurrency: number) {
    this.#consumer = consumer
    this.#concurrency = concurrency
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#queue?.size ?? 0
  }

  /** Whether the socket is paused because too much waits. */
  get paused(): boolean {
    return this.#paused
  }

  /** Whether messages are let through. */
  get isOpen(): boolean {
    return this.#open
  }

  /** Takes one message. @param bytes those of its frame */
  push(item: Item, bytes: number): void {
    if (this.#free && this.#waiting === 0 && this.#consumer.admits(item)) {
      const done = this.#consumer.process(item)
      if (done) this.#follow(item, done)
    } else this.#keep(item, bytes)
  }

  /** Lets the messages through. */
  open(): void {
    this.#open = true
    this.drain()
  }

  /** Forgets the messages that no handler has begun with. */
  clear(): void {
    this.#consumer.charge(-this.size)
    this.#queue = undefined
  }

  /** Whether every message taken so far has been handled. */
  get isIdle(): boolean {
    return this.#open && this.#active === 0 && this.#waiting === 0
  }

  /** Resolves once every message taken so far has been handled. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle ??= []
      this.#idle.push(resolve)
    })
  }

  /** Keeps the socket paused whatever waits here, or no longer. */
  hold(held: boolean): void {
    this.#held = held
    this.balance()
  }

  /** Forgets messages that no handler has begun with. @returns how many */
  remove(isMeant: (item: Item) => boolean): number {
    const before = this.#waiting
    const bytes = this.#queue?.remove(isMeant) ?? 0
    if (bytes > 0) this.#consumer.charge(-bytes)
    if (this.#paused) this.balance()
    return before - this.#waiting
  }

  /** Pauses or resumes the socket by what waits here. */
  balance(): void {
    // Every pong comes here, and how much room there is takes longer to find out than all else that a pong does.
    if (!this.#paused && !this.#held && this.size === 0) return
    if (!this.#paused && (this.#held || this.size > this.#consumer.room)) {
      this.#paused = true
      this.#consumer.pause()
    } else if (this.#paused && !this.#held && this.size <= this.#consumer.rest) {
      this.#paused = false
      this.#consumer.resume()
    }
  }

  /** Reads on although too much waits, until the next message. */
  peek(): void {
    this.#paused = false
    this.#consumer.resume()
  }

  /** Begins with the messages that may be handled now. */
  drain(): void {
    let handled = 0
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      const done = this.#consumer.process(item)
      if (done) this.#follow(item, done)
      handled += 1
      if (handled < MAX_PER_SLICE) continue
      this.#rest()
      break
    }
    if (this.#paused) this.balance()
    if (this.#idle && this.isIdle) for (const resolve of this.#idle.splice(0)) resolve()
  }

  get #free(): boolean {
    return this.#open && !this.#resting && this.#active < this.#concurrency
  }

  /** Messages that no handler has begun with. */
  get #waiting(): number {
    return this.#queue?.length ?? 0
  }

  #take(): Item | undefined {
    if (!this.#free || !this.#queue) return undefined
    const item = this.#queue.first
    if (item === undefined || !this.#consumer.admits(item)) return undefined
    this.#consumer.charge(-this.#queue.shift())
    return item
  }

  #keep(item: Item, bytes: number): void {
    const size = this.#consumer.weigh(item, bytes) + MESSAGE_OVERHEAD_BYTES
    this.#queue ??= new SizedFifo()
    this.#queue.push(this.#consumer.keep(item), size)
    this.#consumer.charge(size)
    this.balance()
  }

  /** A handler of this message is running. */
  #follow(item: Item, done: Promise<void>): void {
    this.#active += 1
    this.#next ??= () => this.#finish()
    const next = this.#next
    const release = this.#consumer.busy(item)
    void (release ? done.then(release).then(next) : done.then(next))
  }

  #finish(): void {
    this.#active -= 1
    this.drain()
  }

  // Other connections come first now; what arrives meanwhile queues behind what waits.
  #rest(): void {
    this.#resting = true
    setImmediate(() => {
      this.#resting = false
      this.drain()
    })
  }
}
