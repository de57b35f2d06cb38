/** A first-in, first-out queue of messages with their sizes. Taking the first message does not move the others. */
export class SizedFifo<Item> {
  #items: (Item | undefined)[] = []
  #sizes: number[] = []
  #head = 0
  /** The bytes of all waiting messages. */
  size = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  /** The message that has waited longest. */
  get first(): Item | undefined {
    return this.#items[this.#head]
  }

  push(item: Item, size: number): void {
    this.#items.push(item)
    this.#sizes.push(size)
    this.size += size
  }

  /** Takes the first message out. @returns its bytes */
  shift(): number {
    const size = this.#sizes[this.#head] ?? 0
    this.size -= size
    this.#items[this.#head] = undefined
    this.#head += 1
    if (this.#head >= this.#items.length) this.#clear()
    return size
  }

  /** Takes messages out, also from the middle. @returns their bytes */
  remove(isMeant: (item: Item) => boolean): number {
    const before = this.size
    const kept = this.#items.flatMap((item, at) =>
      at < this.#head || item === undefined || isMeant(item) ? [] : [{ item, size: this.#sizes[at] ?? 0 }],
    )
    this.#clear()
    for (const { item, size } of kept) this.push(item, size)
    return before - this.size
  }

  #clear(): void {
    this.#items = []
    this.#sizes = []
    this.#head = 0
    this.size = 0
  }
}
