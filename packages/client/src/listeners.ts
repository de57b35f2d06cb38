type Listener<Args extends readonly unknown[]> = (...args: Args) => void

/** Listeners by event type. */
export class Listeners<Args extends readonly unknown[]> {
  readonly #byType = new Map<string, Set<{ readonly listener: Listener<Args> }>>()
  readonly #fail: (error: unknown) => void

  /** @param fail receives the errors of listeners */
  constructor(fail: (error: unknown) => void) {
    this.#fail = fail
  }

  /** @returns a function that removes the listener; the same listener may be added twice */
  on(type: string, listener: Listener<Args>): () => void {
    const entry = { listener }
    const entries = this.#byType.get(type) ?? new Set()
    this.#byType.set(type, entries.add(entry))
    return () => void entries.delete(entry)
  }

  /** @returns whether there is a listener */
  emit(type: string, ...args: Args): boolean {
    const entries = [...(this.#byType.get(type) ?? [])]
    for (const { listener } of entries) {
      try {
        listener(...args)
      } catch (error) {
        // Otherwise a failing error listener would be called with its own error, endlessly.
        if (type === 'hub:error') throwLater(error)
        else this.#fail(error)
      }
    }
    return entries.length > 0
  }
}

/** Throws in a microtask, so that the runtime reports the error and no other code is affected. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
