import { HubError, quote } from '../errors.js'
import { PendingRequests } from '../util/pending-requests.js'
import { type Envelope, type ErrorPayload, WithBytes } from '../protocol/index.js'

/** Requests that this server has sent to one client and that have no answer yet. */
export class ClientRequests {
  readonly #pending = new PendingRequests<unknown>()
  #count = 0

  /** Requests without an answer. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * Asks the client and waits.
   * @param timeout milliseconds
   * @param send sends the request with this id, which the answer repeats; returns whether it was sent
   * @throws (as a rejection) HubError `slow_consumer`, `timeout`; the error that the client answered with; the error passed to
   * {@link rejectAll}
   */
  async ask(timeout: number, send: (id: string) => boolean): Promise<unknown> {
    const id = `s${++this.#count}`
    // Before the wait begins, because a request that can't be sent gets no answer.
    if (!send(id)) throw new HubError('slow_consumer', 'The client reads too slowly to be asked.')
    return this.#pending.wait(id, timeout, () => {
      throw new HubError('timeout', `The client has not answered within ${timeout} ms.`)
    })
  }

  /** Settles the request that an answer belongs to. @param bytes those beside the answer, if any @returns whether one waited for it */
  settle({ id, type, payload }: Envelope, bytes?: Buffer): boolean {
    if (typeof id !== 'string') return false
    if (type !== 'reply') return this.#pending.reject(id, remoteError(payload))
    return this.#pending.resolve(id, bytes ? new WithBytes(payload, bytes) : payload)
  }

  /** Rejects every request. */
  rejectAll(error: Error): void {
    this.#pending.rejectAll(error)
  }
}

/** The form of an error code. Without this check a client could write anything into the server's logs. */
const ERROR_CODE = /^[\w.:-]{1,64}$/

/** Errors whose code a client has chosen. */
const remote = new WeakSet<HubError>()

/** Whether a client has chosen the code of this error. */
export function isRemote(error: unknown): boolean {
  return error instanceof HubError && remote.has(error)
}

function remoteError(payload: unknown): HubError {
  const { code, message } = (payload ?? {}) as Partial<ErrorPayload>
  const error = new HubError(
    typeof code === 'string' && ERROR_CODE.test(code) ? code : 'remote_error',
    `The client answered with an error: ${quote(typeof message === 'string' ? message : 'no message')}`,
  )
  remote.add(error)
  return error
}
