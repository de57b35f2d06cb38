import { randomUUID } from 'node:crypto'
import type { Connection } from '@wshub/core'
import { z } from 'zod'

// The messages of OCPP-J: arrays that begin with their type.

const CALL = 2
const CALLRESULT = 3
const CALLERROR = 4

const anyMessage = z.union([
  z.tuple([z.literal(CALL), z.string().max(36), z.string(), z.unknown()]),
  z.tuple([z.literal(CALLRESULT), z.string().max(36), z.unknown()]),
  z.tuple([z.literal(CALLERROR), z.string().max(36), z.string(), z.string(), z.unknown()]),
])

/** A CALLERROR. Codes are those of OCPP, such as `NotImplemented`. */
export class OcppError extends Error {
  readonly code: string

  constructor(code: string, description: string) {
    super(description)
    this.code = code
  }
}

/** What a charge point may call. @throws OcppError to answer with a CALLERROR */
export type Answerer = (action: string, payload: unknown) => unknown

interface Pending {
  readonly resolve: (payload: unknown) => void
  readonly reject: (error: Error) => void
}

/** The calls in both directions between the central system and a charge point. */
export class ChargePoint {
  readonly #connection: Connection
  readonly #answer: Answerer
  readonly #pending = new Map<string, Pending>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: Connection, answer: Answerer) {
    this.#connection = connection
    this.#answer = answer
    void connection.closed.then(() => this.#lose())
  }

  /**
   * Calls the charge point. OCPP allows one call at a time, so further ones wait.
   * @param timeout milliseconds for the answer
   * @returns the payload of the CALLRESULT @throws OcppError for a CALLERROR, a timeout or a lost connection
   */
  call(action: string, payload: object, timeout = 30_000): Promise<unknown> {
    const answer = this.#last.then(() => this.#call(action, payload, timeout))
    this.#last = answer.catch(() => {})
    return answer
  }

  /** Handles a frame of the charge point. */
  async receive(text: string): Promise<void> {
    const message = parse(text)
    if (!message) return this.#send(CALLERROR, '-1', 'ProtocolError', 'not a message of OCPP', {})
    if (message[0] === CALL) return this.#reply(message[1], message[2], message[3])
    const pending = this.#pending.get(message[1])
    if (message[0] === CALLRESULT) pending?.resolve(message[2])
    else pending?.reject(new OcppError(message[2], message[3]))
    return undefined
  }

  async #reply(id: string, action: string, payload: unknown): Promise<void> {
    try {
      this.#send(CALLRESULT, id, await this.#answer(action, payload))
    } catch (error) {
      const { code, message } = error instanceof OcppError ? error : new OcppError('InternalError', '')
      this.#send(CALLERROR, id, code, message, {})
    }
  }

  #call(action: string, payload: object, timeout: number): Promise<unknown> {
    if (this.#connection.state !== 'open') throw new OcppError('GenericError', 'disconnected')
    const id = randomUUID()
    const late = AbortSignal.timeout(timeout)
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      late.addEventListener('abort', () => reject(new OcppError('GenericError', `no answer to ${action}`)))
    })
    this.#send(CALL, id, action, payload)
    return answered.finally(() => this.#pending.delete(id))
  }

  #lose(): void {
    for (const { reject } of this.#pending.values()) reject(new OcppError('GenericError', 'disconnected'))
  }

  #send(...message: unknown[]): void {
    this.#connection.send(JSON.stringify(message))
  }
}

function parse(text: string): z.infer<typeof anyMessage> | undefined {
  try {
    return anyMessage.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
