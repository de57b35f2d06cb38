/** Runs some work on request, never twice at once. */
export class SerialRuns {
  readonly #work: () => Promise<void>
  #current: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** @param work never rejects */
  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Resolves after a run that begins now or, if another one is in progress, after that. Calls meanwhile share one run. */
  run(): Promise<void> {
    if (!this.#current) return this.#begin()
    this.#next ??= this.#current.then(() => {
      this.#next = undefined
      return this.#begin()
    })
    return this.#next
  }

  #begin(): Promise<void> {
    const current = this.#work().finally(() => {
      if (this.#current === current) this.#current = undefined
    })
    this.#current = current
    return current
  }
}
