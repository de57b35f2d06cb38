import { connectionDue, drop, greeted, markAlive, settleGreeting } from './connection.js'
import { isObject } from './positions.js'
import { refreshDue } from './refresh.js'
import { remove, settle, unanswered } from './requests.js'
import { gap, roomMessage } from './delivery.js'
import { activeRoom } from './room.js'
import { expel, isTemporary, joinAnswered, leaveAnswered, presence, roomsDue } from './rooms.js'
import type { Fault, Message, Request, Result, State } from './state.js'

// The machine of a client. Every exported function is an event: it changes the state in place and appends to `effects`
// the actions for the shell, in order. It has no socket, timer, clock or random number of its own.

export { close, closed, loggedOut, online, open, opened, sleep, tokenFailed, tokenReady, wake } from './connection.js'
export { type Draft, request, unanswered } from './requests.js'
export { loaded, loadFailed } from './delivery.js'
export { findRoom } from './room.js'
export { enter, exit } from './rooms.js'
export { refreshed, refreshFailed } from './refresh.js'
export { newState } from './state.js'

/** A typed message of the server. */
export function received(state: State, socket: number, message: Message): void {
  if (!dataReceived(state, socket)) return
  const { type, payload, id } = message
  if (type === 'reply' || type === 'error') answer(state, message)
  else if (type === 'hub:next') nextValue(state, message)
  else if (type.startsWith('hub:')) ofHub(state, type, payload)
  else if (id !== undefined) state.effects.push({ type: 'ask', socket, message })
  else if (message.room === undefined) state.effects.push({ type: 'event', message })
  else roomMessage(state, message)
  settleGreeting(state)
}

/** A socket received data. @returns whether it is the current socket */
export function dataReceived(state: State, socket: number): boolean {
  if (socket !== state.current) return false
  markAlive(state)
  return true
}

/** Time has passed: handles all that is due. */
export function tick(state: State): void {
  for (const { id, dueAt } of state.requests) if (state.now >= dueAt) abort(state, id, 'timeout')
  settleGreeting(state)
  connectionDue(state)
  roomsDue(state)
  refreshDue(state)
}

/** The time at which `tick` is due; `Infinity` for never. */
export function nextDue({ dueAt, checkAt, refreshAt, requests, rooms }: State): number {
  return Math.min(dueAt, checkAt, refreshAt, ...requests.map((one) => one.dueAt), ...rooms.map((room) => room.dueAt))
}

function answer(state: State, { type, payload, id }: Message): void {
  const fault = type === 'error' ? faultOf(payload) : undefined
  const one = inProgress(state, id)
  if (one) finish(state, one, { fault, payload })
  else if (fault && id === undefined) state.effects.push({ type: 'report', fault })
}

function nextValue(state: State, { id, payload }: Message): void {
  const one = inProgress(state, id)
  if (one?.next) state.effects.push({ type: 'next', id: one.id, next: one.next, value: payload })
}

/** The request that a message of the server answers. A request that was not sent can't have an answer. */
function inProgress({ requests }: State, id: Message['id']): Request | undefined {
  return requests.find((one) => one.id === id && one.sent)
}

/** Ends a request without an answer. The app aborts it, or it takes too long. */
export function abort(state: State, id: number, code: string): void {
  const one = state.requests.find((each) => each.id === id)
  if (!one) return
  finish(state, one, { fault: unanswered(state, code) })
  // Requests of the protocol cannot be cancelled.
  if (one.sent && one.kind === 'user' && state.typed)
    state.effects.push({ type: 'send', text: `{"type":"hub:cancel","payload":{"id":${id}}}` })
}

function finish(state: State, one: Request, result: Result): void {
  const { kind, room } = one
  const { fault, payload } = result
  remove(state, one)
  settle(state, one, result)
  if (kind === 'join') joinAnswered(state, room, result)
  // The server may still count this connection as a member. Only a new connection is certainly not in the room.
  if (kind === 'leave' && isTemporary(fault)) drop(state)
  else if (kind === 'leave') leaveAnswered(state, room)
  if (kind === 'hello' && isObject(payload) && !fault) greeted(state, payload)
}

function ofHub(state: State, type: string, payload: unknown): void {
  const room = isObject(payload) && activeRoom(state, payload['room'])
  if (!room) return
  if (type === 'hub:gap') gap(state, room, payload)
  if (type === 'hub:left') expel(state, room, { code: String(payload['code']) })
  if (type === 'hub:presence') presence(state, room, payload)
}

function faultOf(payload: unknown): Fault {
  const { code, message, issues } = isObject(payload) ? payload : {}
  return {
    code: typeof code === 'string' ? code : 'internal',
    ...(typeof message === 'string' && { message }),
    ...(Array.isArray(issues) && { issues }),
  }
}
