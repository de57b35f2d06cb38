import { HubError, quote } from '../errors.js'
import { after, type Deadline } from '../util/timers.js'
import type { Envelope, ErrorPayload } from '../protocol/index.js'

interface Pending {
  readonly resolve: (payload: unknown) => void
  readonly reject: (error: Error) => void
  readonly deadline: Deadline
}

/** The requests of this side that wait for the peer's answer. */
export class ClientRequests {
  readonly #pending = new Map<string, Pending>()
  #count = 0

  /** Requests without an answer yet. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * Asks and waits.
   * @param timeout milliseconds
   * @param send gets the id under which the answer must come, and tells whether the question is on its way
   * @throws HubError `timeout`; what the peer answered with; what {@link fail} was called with
   */
  open(timeout: number, send: (id: string) => boolean): Promise<unknown> {
    const id = `s${++this.#count}`
    return new Promise((resolve, reject) => {
      // First, because what can't be sent must not be waited for.
      if (!send(id)) return reject(new HubError('slow_consumer', 'The client reads too slowly to be asked.'))
      const deadline = after(timeout, () => {
        this.#pending.delete(id)
        reject(new HubError('timeout', `The client has not answered within ${timeout} ms.`))
      })
      this.#pending.set(id, { resolve, reject, deadline })
    })
  }

  /** Hands an answer to whoever waits for it. @returns whether anybody did */
  settle(answer: Envelope): boolean {
    const pending = typeof answer.id === 'string' ? this.#pending.get(answer.id) : undefined
    if (!pending) return false
    this.#pending.delete(answer.id as string)
    pending.deadline.cancel()
    if (answer.type === 'reply') pending.resolve(answer.payload)
    else pending.reject(remoteError(answer.payload))
    return true
  }

  /** Rejects everything that waits. */
  fail(error: Error): void {
    for (const { deadline, reject } of this.#pending.values()) {
      deadline.cancel()
      reject(error)
    }
    this.#pending.clear()
  }
}

/** What a code of an error looks like. A client could else put anything into the server's logs. */
const ERROR_CODE = /^[\w.:-]{1,64}$/

/** Errors whose code a client made up. */
const remote = new WeakSet<HubError>()

/** Whether a client made up the code of this error. */
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
