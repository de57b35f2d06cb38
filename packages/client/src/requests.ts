import type { Driver } from './driver.js'
import { bytesOf } from './checks.js'
import { ClientError } from './errors.js'
import { abort, request } from './machine/index.js'
import type { Effect } from './machine/state.js'
import type { EmitOptions, RequestOptions } from './options.js'
import { faultError } from './room.js'
import type { Arguments, Name, PayloadOf, ReplyOf } from './types.js'

/** Sends a request and resolves with the payload of the reply: the type of `client.request` and `room.request`. */
export type Send<Routes> = <Type extends Name<Routes>>(
  type: Type,
  ...args: Arguments<PayloadOf<Routes, Type>, RequestOptions>
) => Promise<ReplyOf<Routes, Type>>

interface Pending {
  readonly resolve: (payload: unknown) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal | undefined
  readonly onAbort: () => void
}

/** The requests of the app that are not answered yet. */
export class Requests {
  readonly #driver: Driver
  readonly #timeout: number
  readonly #pending = new Map<number, Pending>()

  constructor(driver: Driver, timeout: number) {
    this.#driver = driver
    this.#timeout = timeout
  }

  /** @throws ClientError */
  async send(
    message: { readonly type: string; readonly payload: unknown },
    { timeout = this.#timeout, signal, retry = false, key = retry ? randomKey() : undefined }: RequestOptions = {},
  ): Promise<unknown> {
    const body = { ...encoded({ ...message, key }), timeout, retry }
    if (signal?.aborted) throw aborted(signal)
    return new Promise((resolve, reject) => {
      this.#driver.run((turn) => {
        const id = request(turn, { kind: 'user', ...body })
        const onAbort = (): void => this.#driver.run((next) => abort(next, id))
        signal?.addEventListener('abort', onAbort)
        this.#pending.set(id, { resolve, reject, signal, onAbort })
      })
    })
  }

  /** @returns whether the event was sent or waits to be sent */
  emit(
    message: { readonly type: string; readonly payload: unknown },
    { volatile = false, queue = false }: EmitOptions = {},
  ): boolean {
    const { phase } = this.#driver.state
    const body = encoded(message)
    if (phase === 'closed' || (phase !== 'ready' && !queue)) return false
    if (volatile && this.#driver.bufferedAmount > 0) return false
    this.#driver.run((turn) => request(turn, { kind: 'emit', ...body, timeout: Infinity, retry: false }))
    return true
  }

  settle({ id, fault, payload }: Extract<Effect, { type: 'settle' }>): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    const { signal, onAbort, resolve, reject } = pending
    signal?.removeEventListener('abort', onAbort)
    if (!fault) resolve(payload)
    else reject(fault.code === 'aborted' && signal ? aborted(signal) : faultError(fault))
  }
}

function aborted(signal: AbortSignal): ClientError {
  return new ClientError('aborted', { cause: signal.reason })
}

function encoded(message: object): { readonly body: string; readonly bytes: number } {
  const body = JSON.stringify(message).slice(0, -1)
  return { body, bytes: bytesOf(body) }
}

function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}
