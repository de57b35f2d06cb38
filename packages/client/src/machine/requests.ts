import type { Request, Result, Turn } from './state.js'
import { ANSWER_TIMEOUT } from './timing.js'

/** A request or an emit of the app. */
export interface Draft {
  readonly kind: 'user' | 'emit'
  readonly body: string
  readonly bytes: number
  /** Milliseconds; `Infinity` for none. */
  readonly timeout: number
  readonly retry: boolean
}

/** The largest `id` that is appended to a body, in bytes. */
const ID_BYTES = 24

/** The app sends a request, or an emit that may wait. @returns its id */
export function request(turn: Turn, { timeout, ...draft }: Draft): number {
  const { state, now } = turn
  const id = (state.count += 1)
  const one: Request = { id, ...draft, dueAt: now + timeout, room: '', sent: false }
  const refusal = state.phase === 'closed' ? 'closed' : state.phase === 'ready' ? undefined : queueRefusal(turn, one)
  if (refusal) fail(turn, one, refusal)
  else {
    state.requests.push(one)
    if (state.phase === 'ready') transmit(turn, one)
  }
  return id
}

function queueRefusal({ state }: Turn, { bytes }: Request): string | undefined {
  const waiting = state.requests.filter((one) => isOfApp(one) && !one.sent)
  const total = waiting.reduce((sum, one) => sum + one.bytes, bytes)
  const { queueCount, queueBytes } = state.settings
  return waiting.length >= queueCount || total > queueBytes ? 'queue_full' : undefined
}

/** The app aborts a request. */
export function abort(turn: Turn, id: number): void {
  giveUp(turn, id, 'aborted')
}

/** A request of the client itself. It does not wait, and ends with the connection. */
export function ask(turn: Turn, { kind, room, payload }: Pick<Request, 'kind' | 'room'> & { payload: unknown }): void {
  const { state, now } = turn
  const id = (state.count += 1)
  const body = JSON.stringify({ type: `hub:${kind}`, payload }).slice(0, -1)
  const one = { id, kind, room, body, bytes: 0, dueAt: now + ANSWER_TIMEOUT, retry: false, sent: false }
  state.requests.push(one)
  transmit(turn, one)
}

/** Drops the client's requests about a room. */
export function forgetAsked({ state }: Turn, room: string): void {
  state.requests = state.requests.filter((one) => one.room !== room)
}

/** The connection is ready: sends waiting requests, in the order of the calls. */
export function flush(turn: Turn): void {
  for (const one of turn.state.requests) if (!one.sent) transmit(turn, one)
}

/** Takes the request of an answer. */
export function take(turn: Turn, id: unknown): Request | undefined {
  const one = turn.state.requests.find((each) => each.id === id && each.sent)
  if (one) remove(turn, one)
  return one
}

/** Ends a request of the app. An emit that is not sent is reported. */
export function settle({ effects }: Turn, { kind, id }: Request, { fault, payload }: Result): void {
  if (kind === 'user') effects.push({ type: 'settle', id, fault, payload })
  else if (kind === 'emit' && fault) effects.push({ type: 'report', fault })
}

/** The connection is lost. @param code its close code */
export function requestsLost(turn: Turn, code: number): void {
  const { state } = turn
  const before = state.requests
  state.requests = before.filter((one) => isOfApp(one) && (!one.sent || (one.retry && code !== 1009)))
  for (const one of state.requests) one.sent = false
  for (const one of before) {
    if (!state.requests.includes(one)) fail(turn, one, code === 1009 ? 'too_big' : 'connection_lost')
  }
}

/** There will be no connection: ends all requests. */
export function requestsClosed(turn: Turn): void {
  const { state } = turn
  for (const one of state.requests) fail(turn, one, 'closed')
  state.requests = []
}

/** Ends a request that was aborted or took too long, and notifies the server. @returns whether there was such a request */
export function giveUp(turn: Turn, id: number, code: string): boolean {
  const { state, effects } = turn
  const one = state.requests.find((each) => each.id === id)
  if (!one) return false
  remove(turn, one)
  fail(turn, one, code)
  // Requests of the protocol can not be cancelled.
  if (one.sent && one.kind === 'user' && state.typed)
    effects.push({ type: 'send', text: `{"type":"hub:cancel","payload":{"id":${id}}}` })
  return true
}

function transmit(turn: Turn, one: Request): void {
  const { state, effects } = turn
  if (one.bytes + ID_BYTES > state.maxMessageSize) {
    remove(turn, one)
    return fail(turn, one, 'too_big')
  }
  one.sent = true
  const isEmit = one.kind === 'emit'
  if (isEmit) remove(turn, one)
  effects.push({ type: 'send', text: `${one.body}${isEmit ? '' : `,"id":${one.id}`}}` })
}

function fail(turn: Turn, one: Request, code: string): void {
  settle(turn, one, { fault: { code } })
}

function remove({ state }: Turn, one: Request): void {
  state.requests = state.requests.filter((each) => each !== one)
}

function isOfApp({ kind }: Request): boolean {
  return kind === 'user' || kind === 'emit'
}
