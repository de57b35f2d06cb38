import type { Fault, Request, Result, State } from './state.js'
import { ANSWER_TIMEOUT } from './timing.js'

/** A message to send. */
export type Draft = Pick<Request, 'kind' | 'body' | 'bytes' | 'attached' | 'retry' | 'room' | 'done' | 'next'> & {
  /** Milliseconds; `Infinity` for no timeout. @default the timeout of the settings */
  readonly timeout?: number | undefined
}

/** The most bytes that appending an `id` adds to a body. */
const ID_BYTES = 24

/** Sends a request, or an emit that may wait. @returns its id */
export function request(state: State, { timeout = state.settings.timeout, ...draft }: Draft): number {
  const id = (state.count += 1)
  const one: Request = { id, ...draft, dueAt: state.now + timeout, sent: false }
  const waits = isOfApp(one) && state.phase !== 'ready'
  const refusal = waits && (state.phase === 'closed' ? 'closed' : isFull(state, one) && 'queue_full')
  if (refusal) settle(state, one, { fault: unanswered(state, refusal) })
  else {
    state.requests.push(one)
    if (!waits) transmit(state, one)
  }
  return id
}

function isFull({ requests, settings }: State, { bytes }: Request): boolean {
  const waiting = requests.filter((one) => isOfApp(one) && !one.sent)
  const total = waiting.reduce((sum, one) => sum + one.bytes, bytes)
  return waiting.length >= settings.queueCount || total > settings.queueBytes
}

/** A request of the client itself. It does not wait, and ends with the connection. */
export function ask(
  state: State,
  kind: Request['kind'],
  payload: { readonly room?: string; readonly [name: string]: unknown },
): void {
  const body = JSON.stringify({ type: `hub:${kind}`, payload }).slice(0, -1)
  request(state, { kind, room: payload.room, body, bytes: 0, timeout: ANSWER_TIMEOUT, retry: false })
}

/** Drops the client's requests about a room. */
export function forgetAsked(state: State, room: string): void {
  state.requests = state.requests.filter((one) => one.room !== room)
}

/** The connection is ready: sends waiting requests, in the order of the calls. */
export function flush(state: State): void {
  for (const one of state.requests) if (!one.sent) transmit(state, one)
}

/** Takes a request out of the list. */
export function remove(state: State, one: Request): void {
  state.requests = state.requests.filter((each) => each !== one)
}

/** Ends a request of the app. If an emit was not sent, its fault is reported. */
export function settle({ effects }: State, { kind, id, done }: Request, { fault, payload }: Result): void {
  if (kind === 'user') effects.push({ type: 'settle', id, done, fault, payload })
  else if (kind === 'emit' && fault) effects.push({ type: 'report', fault })
}

/** The connection is lost. @param code the code with which requests fail: `closed`, `too_big` or `connection_lost` */
export function requestsLost(state: State, code: string): void {
  for (const one of state.requests.splice(0)) {
    const isRepeated = !one.sent || (one.retry && code !== 'too_big')
    if (isOfApp(one) && isRepeated && code !== 'closed') state.requests.push({ ...one, sent: false })
    else settle(state, one, { fault: unanswered(state, code) })
  }
}

/** The fault of a request without an answer. Without a connection, its message says how the last attempt or connection ended. */
export function unanswered({ phase, ending }: State, code: string): Fault {
  const isEnded = phase !== 'ready' && ending.reason
  return { code, message: isEnded ? `${code} (${ending.code} ${ending.reason})` : code }
}

function transmit(state: State, one: Request): void {
  const { id, kind, body, bytes, attached } = one
  const isEmit = kind === 'emit'
  const isTooBig = bytes + ID_BYTES > state.maxMessageSize
  if (isEmit || isTooBig) remove(state, one)
  if (isTooBig) return settle(state, one, { fault: { code: 'too_big' } })
  one.sent = true
  state.effects.push({ type: 'send', text: `${body}${isEmit ? '' : `,"id":${id}`}}`, bytes: attached })
}

function isOfApp({ kind }: Request): boolean {
  return kind === 'user' || kind === 'emit'
}
