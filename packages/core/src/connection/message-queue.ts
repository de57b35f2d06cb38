import { SizedFifo } from './sized-fifo.js'

/** The owner of a {@link MessageQueue}, which handles its messages. */
export interface QueueConsumer<Item> {
  /** Handles one message. Never throws; a promise never rejects. */
  process(item: Item): void | Promise<void>
  /** Bytes that may wait here before the socket is paused. */
  readonly pauseAbove: number
  /** The socket is read again once no more than this many bytes wait. */
  readonly resumeAt: number
  /** Whether this message may be handled now. If not, the consumer calls {@link MessageQueue.drain} when it may be. */
  admits(item: Item): boolean
  /** The handler of this message is running. @returns a function to call when the handler has ended, if any */
  busy(item: Item): (() => void) | undefined
  /** Bytes that a waiting message occupies. @param bytes the length of its frame's payload */
  weigh(item: Item, bytes: number): number
  /** The same message in a form that keeps no more memory alive than its own bytes. */
  keep(item: Item): Item
  /** Counts bytes that wait from now on; a negative number for those that do not wait any more. */
  charge(bytes: number): void
  pause(): void
  resume(): void
}

/** Bytes that are counted for each waiting message in addition to its own: a flood of empty frames must not be free. */
const MESSAGE_OVERHEAD_BYTES = 256
/** Messages of one connection that are handled in one turn of the event loop at most. */
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
  #yielding = false
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

  /** Whether messages are passed to handlers. */
  get isOpen(): boolean {
    return this.#open
  }

  /** Takes one message. @param bytes the length of its frame's payload */
  push(item: Item, bytes: number): void {
    if (this.#free && this.#waiting === 0 && this.#consumer.admits(item)) {
      const done = this.#consumer.process(item)
      if (done) this.#trackHandler(item, done)
    } else this.#keep(item, bytes)
  }

  /** Passes messages to handlers from now on. */
  open(): void {
    this.#open = true
    this.drain()
  }

  /** Drops the messages that no handler has started on. */
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

  /** Keeps the socket paused even if nothing waits here (`true`), or no longer (`false`). */
  hold(held: boolean): void {
    this.#held = held
    this.balance()
  }

  /** Drops some of the messages that no handler has started on. @returns how many */
  remove(isMeant: (item: Item) => boolean): number {
    const before = this.#waiting
    const bytes = this.#queue?.remove(isMeant) ?? 0
    if (bytes > 0) this.#consumer.charge(-bytes)
    if (this.#paused) this.balance()
    return before - this.#waiting
  }

  /** Pauses or resumes the socket, depending on how many bytes wait here. */
  balance(): void {
    // Every pong calls this method, and computing `room` takes longer than everything else that a pong causes.
    if (!this.#paused && !this.#held && this.size === 0) return
    if (!this.#paused && (this.#held || this.size > this.#consumer.pauseAbove)) {
      this.#paused = true
      this.#consumer.pause()
    } else if (this.#paused && !this.#held && this.size <= this.#consumer.resumeAt) {
      this.#paused = false
      this.#consumer.resume()
    }
  }

  /** Resumes the socket although too many bytes wait. The next message pauses it again. */
  peek(): void {
    this.#paused = false
    this.#consumer.resume()
  }

  /** Hands the messages that may be handled now to the consumer. */
  drain(): void {
    let handled = 0
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      const done = this.#consumer.process(item)
      if (done) this.#trackHandler(item, done)
      handled += 1
      if (handled < MAX_PER_SLICE) continue
      this.#yield()
      break
    }
    if (this.#paused) this.balance()
    if (this.#idle && this.isIdle) for (const resolve of this.#idle.splice(0)) resolve()
  }

  get #free(): boolean {
    return this.#open && !this.#yielding && this.#active < this.#concurrency
  }

  /** The number of messages that no handler has started on. */
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
  #trackHandler(item: Item, done: Promise<void>): void {
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

  // Other connections have their turn first. Messages that arrive in the meantime queue behind those that wait.
  #yield(): void {
    this.#yielding = true
    setImmediate(() => {
      this.#yielding = false
      this.drain()
    })
  }
}
