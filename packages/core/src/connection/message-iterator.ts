type Data = string | Buffer
type Result = IteratorResult<Data, undefined>

interface Item {
  readonly data: Data
  readonly done: () => void
}

/**
 * Messages for `for await` loops. A message counts as handled when its loop asks for the next one. Messages that arrive while
 * no loop runs are passed to `otherwise`.
 */
export class MessageIterator {
  readonly #otherwise: (data: Data) => void | Promise<void>
  readonly #items: Item[] = []
  readonly #loops = new Set<Loop>()
  /** Each marks the last message of a loop that was left as handled. */
  readonly #last: (() => void)[] = []
  #closed = false
  #ended = false

  constructor(otherwise: (data: Data) => void | Promise<void>) {
    this.#otherwise = otherwise
  }

  /** Offers a message. @returns resolves when the loop has handled it */
  offer(data: Data): void | Promise<void> {
    if (this.#loops.size === 0) return this.#otherwise(data)
    if (this.#closed) return this.#keep(data)
    return new Promise((done) => {
      this.#items.push({ data, done })
      this.#serve()
    })
  }

  /** The connection has closed. All messages count as handled now, but loops still get those that have arrived. */
  close(): void {
    this.#closed = true
    for (const loop of this.#loops) loop.settle()
    for (const { done } of this.#items) done()
  }

  #keep(data: Data): void {
    this.#items.push({ data, done: () => {} })
    this.#serve()
  }

  /** No more messages will come: loops end after those that are here. */
  end(): void {
    this.#ended = true
    this.#serve()
  }

  /** A new loop, which continues after the last message that a loop took. */
  loop(): AsyncIterableIterator<Data> {
    const loop = new Loop({
      wake: () => this.#serve(),
      left: (done) => this.#leave(loop, done),
    })
    this.#loops.add(loop)
    this.#letGo()
    return loop
  }

  #serve(): void {
    for (const loop of this.#loops) {
      while (loop.hungry && this.#items.length > 0) loop.feed(this.#items.shift() as Item)
      if (this.#ended) loop.finish()
    }
  }

  // The code after a loop may begin another loop. So the last message counts as handled only after this turn of the event loop.
  #leave(loop: Loop, done: () => void): void {
    this.#last.push(done)
    setImmediate(() => {
      this.#loops.delete(loop)
      this.#letGo()
      if (this.#loops.size === 0) for (const item of this.#items.splice(0)) void this.#divert(item)
    })
  }

  #letGo(): void {
    for (const done of this.#last.splice(0)) done()
  }

  async #divert({ data, done }: Item): Promise<void> {
    await this.#otherwise(data)
    done()
  }
}

/** What a loop reports to its {@link MessageIterator}. */
interface Source {
  wake(): void
  left(done: () => void): void
}

class Loop implements AsyncIterableIterator<Data, undefined> {
  readonly #source: Source
  readonly #asking: ((result: Result) => void)[] = []
  #current: Item | undefined
  #over = false

  constructor(source: Source) {
    this.#source = source
  }

  get hungry(): boolean {
    return this.#asking.length > 0
  }

  feed(item: Item): void {
    this.#current = item
    this.#asking.shift()?.({ value: item.data, done: false })
    // The loop has already asked for the next message.
    if (this.hungry) item.done()
  }

  /** Counts the loop's current message as handled. */
  settle(): void {
    this.#current?.done()
    this.#current = undefined
  }

  /** Resolves every pending `next()`: there are no more messages. */
  finish(): void {
    for (const resolve of this.#asking.splice(0)) resolve({ value: undefined, done: true })
  }

  next(): Promise<Result> {
    if (this.#over) return Promise.resolve({ value: undefined, done: true })
    this.settle()
    return new Promise((resolve) => {
      this.#asking.push(resolve)
      this.#source.wake()
    })
  }

  return(): Promise<Result> {
    this.#over = true
    this.finish()
    this.#source.left(this.#current?.done ?? (() => {}))
    this.#current = undefined
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
