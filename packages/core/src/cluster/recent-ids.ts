const MAX_RECENT_IDS = 10_000

/** Ids that were seen lately; the oldest are forgotten. */
export class RecentIds {
  readonly #ids = new Set<string>()

  /** Whether an id was seen before. Remembers it. `undefined` was never seen. */
  remember(id: string | undefined): boolean {
    if (id === undefined) return false
    if (this.#ids.has(id)) return true
    this.#ids.add(id)
    if (this.#ids.size > MAX_RECENT_IDS) this.#forget()
    return false
  }

  /** Whether an id was seen before. Does not remember it. */
  has(id: string | undefined): boolean {
    return id !== undefined && this.#ids.has(id)
  }

  #forget(): void {
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }
}
