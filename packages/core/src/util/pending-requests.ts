import { after, type Deadline } from './timers.js'

interface PendingRequest<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  readonly deadline: Deadline | undefined
}

/** Requests that wait for their answers, by id. */
export class PendingRequests<Answer> {
  readonly #pending = new Map<string, PendingRequest<Answer>>()

  /** Requests without an answer. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * Waits for the answer to a request.
   * @param timeout milliseconds; `Infinity` for no limit
   * @param expire called at the timeout: returns the answer, or throws
   */
  wait(id: string, timeout: number, expire: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#pending.delete(id)
        try {
          resolve(expire())
        } catch (error) {
          reject(error)
        }
      }
      const deadline = timeout === Infinity ? undefined : after(timeout, end)
      this.#pending.set(id, { resolve, reject, deadline })
    })
  }

  /** Resolves a request with its answer. @returns whether such a request was waiting */
  resolve(id: string, answer: Answer): boolean {
    const request = this.#take(id)
    request?.resolve(answer)
    return request !== undefined
  }

  /** Rejects a request. @returns whether such a request was waiting */
  reject(id: string, error: Error): boolean {
    const request = this.#take(id)
    request?.reject(error)
    return request !== undefined
  }

  /** Rejects every request. */
  rejectAll(error: Error): void {
    for (const id of this.#pending.keys()) this.reject(id, error)
  }

  #take(id: string): PendingRequest<Answer> | undefined {
    const request = this.#pending.get(id)
    this.#pending.delete(id)
    request?.deadline?.cancel()
    return request
  }
}
