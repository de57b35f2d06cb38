type Listener<Args extends readonly unknown[]> = (...args: Args) => void

/** Who wants to know of what. */
export class Listeners<Args extends readonly unknown[]> {
  readonly #byType = new Map<string, Set<{ readonly listener: Listener<Args> }>>()
  readonly #fail: (error: unknown) => void

  /** @param fail is told what a listener throws */
  constructor(fail: (error: unknown) => void) {
    this.#fail = fail
  }

  /** @returns the way to stop; the same listener may be added twice */
  on(type: string, listener: Listener<Args>): () => void {
    const entry = { listener }
    const entries = this.#byType.get(type) ?? new Set()
    this.#byType.set(type, entries.add(entry))
    return () => void entries.delete(entry)
  }

  /** @returns whether anybody listens */
  tell(type: string, ...args: Args): boolean {
    const entries = [...(this.#byType.get(type) ?? [])]
    for (const { listener } of entries) {
      try {
        listener(...args)
      } catch (error) {
        this.#fail(error)
      }
    }
    return entries.length > 0
  }
}

/** Throws where the runtime reports it, and nothing else is disturbed. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
