import { bytesOf, checked } from './checks.js'
import type { Runner } from './runner.js'
import { faultError } from './errors.js'
import * as machine from './machine/index.js'
import type { EmitOptions, RequestOptions, StreamOptions } from './options.js'
import type { Arguments, Name, PayloadOf, ReplyOf, StreamedOf, StreamName } from './types.js'
import { type EventStream, queueOf } from './value-queue.js'
import { checkedBytes, WithBytes } from './with-bytes.js'

/** Sends a request and resolves with the payload of the reply: the type of `client.request` and `room.request`. */
export type Send<Routes> = <Type extends Name<Routes>>(
  type: Type,
  ...args: Arguments<PayloadOf<Routes, Type>, RequestOptions>
) => Promise<ReplyOf<Routes, Type>>

/** Sends a request whose reply is streamed: the type of `client.stream`. */
export type Stream<Routes> = <Type extends StreamName<Routes>>(
  type: Type,
  ...args: Arguments<PayloadOf<Routes, Type>, StreamOptions>
) => ReplyStream<StreamedOf<Routes, Type>, ReplyOf<Routes, Type>>

/** The values of a streamed reply, in order. Leaving a `for await` loop cancels the request. */
export interface ReplyStream<Value, Result> extends EventStream<Value> {
  /** The return value of the handler. Rejects if the stream fails or is cancelled; values that you do not read do not delay it. */
  readonly result: Promise<Result>
}

/** A volatile event is dropped if more bytes than this wait in the socket. */
const MAX_BACKLOG_BYTES = 16_384
/** The bytes that a frame with bytes has before its envelope. */
const HEADER_BYTES = 8

interface AppMessage {
  readonly type: string
  readonly payload: unknown
}

/** The options of a request, and the callbacks of a stream. */
interface SendOptions extends RequestOptions {
  /** Called with each value of a streamed reply. */
  readonly next?: ((value: unknown) => void) | undefined
  /** Called once with a function that cancels the request. */
  readonly begun?: ((cancel: Cancel) => void) | undefined
}

type Cancel = (code?: string) => void

/** Sends a request of the app. @param args the payload and the options @throws ClientError (as a rejection) */
export async function sendRequest(runner: Runner, type: string, args: readonly unknown[]): Promise<unknown> {
  const [payload, options] = args as [unknown, SendOptions?]
  return send(runner, { type: checked(type), payload }, options)
}

/** Sends a request. @throws ClientError (as a rejection) */
export async function send(
  runner: Runner,
  message: AppMessage,
  { timeout, signal, bytes, retry = false, key = retry ? randomKey() : undefined, next, begun }: SendOptions = {},
): Promise<unknown> {
  const body = encoded({ ...message, key }, bytes)
  if (signal?.aborted) throw faultError({ code: 'aborted' }, signal)
  return new Promise((resolve, reject) => {
    let id = 0
    const cancel: Cancel = (code = 'aborted') => runner.run(machine.abort, id, code)
    const onAbort = (): void => cancel()
    signal?.addEventListener('abort', onAbort)
    const done: machine.Draft['done'] = ({ fault, payload }) => {
      signal?.removeEventListener('abort', onAbort)
      if (fault) reject(faultError(fault, signal))
      else resolve(payload)
    }
    id = runner.run(machine.request, { kind: 'user', ...body, timeout, retry, done, next })
    begun?.(cancel)
  })
}

/** Sends a request whose reply is streamed. */
export function sendStream(
  runner: Runner,
  type: string,
  [payload, options]: readonly [payload?: unknown, options?: StreamOptions],
): ReplyStream<unknown, unknown> {
  const { settings } = runner.state
  let cancel: Cancel | undefined
  const { push, end, values } = queueOf<unknown>(() => cancel?.())
  const next = (value: unknown): void => {
    const waiting = push(value, sizeOf(value))
    if (waiting > settings.queueBytes) cancel?.('overflow')
  }
  const begun = (way: Cancel): void => void (cancel = way)
  const result = sendRequest(runner, type, [payload, { ...options, timeout: Infinity, next, begun }])
  // The values end with the error of the result, so the app need not catch it twice.
  result.then(
    () => end(),
    (error: Error) => end(error, options?.signal?.aborted),
  )
  return Object.assign(values, { result })
}

/** Sends an event. @returns whether it was sent or waits to be sent */
export function emit(
  runner: Runner,
  message: AppMessage,
  { volatile = false, queue = false, bytes }: EmitOptions = {},
): boolean {
  const { phase } = runner.state
  const body = encoded(message, bytes)
  if (phase === 'closed' || (phase !== 'ready' && (volatile || !queue))) return false
  if (volatile && runner.bufferedAmount > MAX_BACKLOG_BYTES) return false
  runner.run(machine.request, { kind: 'emit', ...body, timeout: Infinity, retry: false })
  return true
}

function encoded(message: object, attached?: Uint8Array): Pick<machine.Draft, 'body' | 'bytes' | 'attached'> {
  const body = JSON.stringify(message).slice(0, -1)
  const extra = attached ? HEADER_BYTES + checkedBytes(attached).byteLength : 0
  return { body, bytes: bytesOf(body) + extra, attached }
}

/** The size of a value of a stream: the length of its JSON, plus its bytes. */
function sizeOf(value: unknown): number {
  if (value instanceof WithBytes) return sizeOf(value.payload) + value.bytes.byteLength
  return JSON.stringify(value)?.length ?? 0
}

function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}
