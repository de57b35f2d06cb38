/** The failures of a store. One outage is one failure of each kind, however many rooms and messages it costs. */
export class StoreFailures {
  readonly #kinds = new Set<string>()

  /** Whether the last question to the store failed. */
  get any(): boolean {
    return this.#kinds.size > 0
  }

  /** The store failed. @returns whether it is the first failure of its kind in this outage */
  isFirst(error: unknown): boolean {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    const kind = String(code ?? message ?? error)
    if (this.#kinds.has(kind)) return false
    this.#kinds.add(kind)
    return true
  }

  /** The outage is over. */
  clear(): void {
    this.#kinds.clear()
  }
}
