/** A rejected promise that calls a function if nobody awaits it in this turn. It is never an unhandled rejection. */
export class RefusedJoin extends Promise<never> {
  #awaited = false

  // What `then` and `catch` return are ordinary promises.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** @param unawaited called if the promise is not awaited in this turn of the event loop */
  static of(error: unknown, unawaited: () => void): RefusedJoin {
    const refusal = new RefusedJoin((_, reject) => reject(error))
    void Promise.prototype.then.call(refusal, undefined, () => {})
    setImmediate(() => {
      if (!refusal.#awaited) unawaited()
    })
    return refusal
  }

  // `await`, `Promise.all`, `catch` and `finally` all call `then`.
  // oxlint-disable-next-line unicorn/no-thenable -- a promise has it; this one notes that it is called
  override then<Result = never, Failed = never>(
    onFulfilled?: ((value: never) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Result | Failed> {
    this.#awaited = true
    return super.then(onFulfilled, onRejected)
  }
}
