import { AsyncResource } from 'node:async_hooks'
import { Readable } from 'node:stream'

/**
 * The values of a streamed reply. They are pulled in the async context in which this object was made, because a generator runs
 * in the context of its caller.
 */
export class ReplySource implements AsyncIterableIterator<unknown> {
  readonly #scope = new AsyncResource('wshub:stream', { requireManualDestroy: true })
  readonly #iterable: AsyncIterable<unknown>
  #iterator: AsyncIterator<unknown> | undefined

  /** A source of the values of an iterable; the iterable itself if it already is a source. */
  static of(iterable: AsyncIterable<unknown>): ReplySource {
    return iterable instanceof ReplySource ? iterable : new ReplySource(iterable)
  }

  private constructor(iterable: AsyncIterable<unknown>) {
    this.#iterable = iterable
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws (as a rejection) what the iterator throws; TypeError if it is not an iterator */
  next(): Promise<IteratorResult<unknown>> {
    try {
      return Promise.resolve(this.#scope.runInAsyncScope(this.#pull))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Ends the iterator. @throws (as a rejection) what it throws */
  async return(): Promise<IteratorResult<unknown>> {
    const source = this.#iterable
    await this.#scope.runInAsyncScope(() => {
      const ending = this.#opened.return?.()
      // The iterator of a Readable destroys the stream only after a pending read, and not at all if nothing was read.
      if (source instanceof Readable) source.destroy()
      return ending
    })
    return { done: true, value: undefined }
  }

  readonly #pull = (): Promise<IteratorResult<unknown>> => this.#opened.next()

  get #opened(): AsyncIterator<unknown> {
    this.#iterator ??= this.#iterable[Symbol.asyncIterator]()
    return this.#iterator
  }
}

/** Whether an error only reports that a stream was destroyed before its end. */
export function isPrematureClose(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE'
}
