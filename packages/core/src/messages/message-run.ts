/** One message while its handler works on it. */
export class MessageRun {
  #controller: AbortController | undefined
  #reason: Error | undefined

  /** Aborted if the client cancels the request, if its time is up, or if the connection closes before the handler is done. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** Whether the run was aborted. */
  get isAborted(): boolean {
    return this.#reason !== undefined
  }

  abort(reason: Error): void {
    this.#reason ??= reason
    this.#controller?.abort(this.#reason)
  }

  /** Whether an error only reports that the handler was aborted. */
  isAbortError(error: unknown): boolean {
    return this.isAborted && (error === this.#reason || (error instanceof Error && error.name === 'AbortError'))
  }
}
