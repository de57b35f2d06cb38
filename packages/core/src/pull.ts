type Data = string | Buffer

interface Item {
  readonly data: Data
  readonly done: () => void
}

/** Messages for a `for await` loop. A message counts as handled when the loop asks for the next one. */
export class Pull implements AsyncIterableIterator<Data> {
  readonly #items: Item[] = []
  #current: Item | undefined
  #asking: ((result: IteratorResult<Data>) => void) | undefined
  #ended = false

  /** Offers a message. @returns resolves when the loop is through with it */
  offer(data: Data): Promise<void> {
    return new Promise((done) => {
      if (this.#ended) return done()
      this.#items.push({ data, done })
      this.#serve()
    })
  }

  /** No more messages will come: the loop ends after those that are here. */
  end(): void {
    this.#ended = true
    this.#serve()
  }

  next(): Promise<IteratorResult<Data>> {
    this.#current?.done()
    this.#current = undefined
    return new Promise((resolve) => {
      this.#asking = resolve
      this.#serve()
    })
  }

  return(): Promise<IteratorResult<Data>> {
    this.#ended = true
    for (const { done } of this.#items.splice(0)) done()
    return this.next()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #serve(): void {
    const asking = this.#asking
    const item = asking && this.#items.shift()
    if (!asking || (!item && !this.#ended)) return
    this.#asking = undefined
    this.#current = item
    asking(item ? { value: item.data, done: false } : { value: undefined, done: true })
  }
}
