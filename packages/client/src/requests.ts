import { bytesOf, checked } from './checks.js'
import type { Runner } from './runner.js'
import { faultError } from './errors.js'
import * as machine from './machine/index.js'
import type { EmitOptions, RequestOptions } from './options.js'
import type { Arguments, Name, PayloadOf, ReplyOf } from './types.js'

/** Sends a request and resolves with the payload of the reply: the type of `client.request` and `room.request`. */
export type Send<Routes> = <Type extends Name<Routes>>(
  type: Type,
  ...args: Arguments<PayloadOf<Routes, Type>, RequestOptions>
) => Promise<ReplyOf<Routes, Type>>

interface AppMessage {
  readonly type: string
  readonly payload: unknown
}

/** Sends a request of the app. @param args the payload and the options @throws ClientError (as a rejection) */
export async function sendRequest(runner: Runner, type: string, args: readonly unknown[]): Promise<unknown> {
  const [payload, options] = args as [unknown, RequestOptions?]
  return send(runner, { type: checked(type), payload }, options)
}

/** Sends a request. @throws ClientError (as a rejection) */
export async function send(
  runner: Runner,
  message: AppMessage,
  { timeout, signal, retry = false, key = retry ? randomKey() : undefined }: RequestOptions = {},
): Promise<unknown> {
  const body = encoded({ ...message, key })
  if (signal?.aborted) throw faultError({ code: 'aborted' }, signal)
  return new Promise((resolve, reject) => {
    let id = 0
    const onAbort = (): void => runner.run(machine.abort, id)
    signal?.addEventListener('abort', onAbort)
    const done: Parameters<typeof machine.request>[1]['done'] = ({ fault, payload }) => {
      signal?.removeEventListener('abort', onAbort)
      if (fault) reject(faultError(fault, signal))
      else resolve(payload)
    }
    id = runner.run(machine.request, { kind: 'user', ...body, timeout, retry, done })
  })
}

/** Sends an event. @returns whether it was sent or waits to be sent */
export function emit(
  runner: Runner,
  message: AppMessage,
  { volatile = false, queue = false }: EmitOptions = {},
): boolean {
  const { phase } = runner.state
  const body = encoded(message)
  if (phase === 'closed' || (phase !== 'ready' && !queue)) return false
  if (volatile && runner.bufferedAmount > 0) return false
  runner.run(machine.request, { kind: 'emit', ...body, timeout: Infinity, retry: false })
  return true
}

function encoded(message: object): { readonly body: string; readonly bytes: number } {
  const body = JSON.stringify(message).slice(0, -1)
  return { body, bytes: bytesOf(body) }
}

function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}
