import { connectionDue, drop, greeted, hear, settleGreeting } from './connection.js'
import { isObject } from './positions.js'
import { expires, refreshDue } from './refresh.js'
import { giveUp, settle, take } from './requests.js'
import { gap, roomMessage } from './recovery.js'
import { isTemporary, joinAnswered, leaveAnswered, left, presence, roomsDue } from './rooms.js'
import type { Fault, Message, Request, Result, State, Turn } from './state.js'

// The machine of a client. Every exported function is an event: it changes the state in place and appends to `effects`
// the actions for the shell, in order. It has no socket, timer, clock or random number of its own.

export { close, closed, loggedOut, online, open, opened, sleep, tokenFailed, tokenReady, wake } from './connection.js'
export { abort, request } from './requests.js'
export { loaded, loadFailed } from './recovery.js'
export { enter, exit } from './rooms.js'
export { refreshed, refreshFailed } from './refresh.js'
export { newState } from './state.js'

/** A typed message of the server. */
export function received(turn: Turn, socket: number, message: Message): void {
  if (!heard(turn, socket)) return
  const { type, payload, id } = message
  if (type === 'reply' || type === 'error') answer(turn, message)
  else if (type.startsWith('hub:')) ofHub(turn, type, payload)
  else if (id !== undefined) turn.effects.push({ type: 'ask', socket, message })
  else if (message.room === undefined) turn.effects.push({ type: 'event', message })
  else roomMessage(turn, message)
  settleGreeting(turn)
}

/** A socket received data. @returns whether it is the present socket */
export function heard(turn: Turn, socket: number): boolean {
  if (socket !== turn.state.current) return false
  hear(turn)
  return true
}

/** The app has answered a request of the server. */
export function answered({ state, effects }: Turn, socket: number, text: string): void {
  if (socket === state.current) effects.push({ type: 'send', text })
}

/** Time has passed: handles all that is due. */
export function tick(turn: Turn): void {
  const { state, now } = turn
  for (const { id, kind, room, dueAt } of state.requests) {
    if (now < dueAt) continue
    if (giveUp(turn, id, 'timeout')) internalAnswered(turn, { kind, room }, { fault: { code: 'timeout' } })
  }
  settleGreeting(turn)
  connectionDue(turn)
  roomsDue(turn)
  refreshDue(turn)
}

/** The time at which `tick` is due; `Infinity` for never. */
export function nextDue({ dueAt, checkAt, refreshAt, requests, rooms }: State): number {
  return Math.min(dueAt, checkAt, refreshAt, ...requests.map((one) => one.dueAt), ...rooms.map((room) => room.retryAt))
}

function answer(turn: Turn, { type, payload, id }: Message): void {
  const fault = type === 'error' ? faultOf(payload) : undefined
  const one = take(turn, id)
  if (one) {
    settle(turn, one, { fault, payload })
    internalAnswered(turn, one, { fault, payload })
  } else if (fault && id === undefined) turn.effects.push({ type: 'report', fault })
}

function internalAnswered(turn: Turn, { kind, room }: Pick<Request, 'kind' | 'room'>, result: Result): void {
  if (kind === 'join') joinAnswered(turn, room, result)
  if (kind === 'leave') {
    // The server may still have the client in the room: only another connection is certainly not in it.
    if (isTemporary(result.fault)) drop(turn)
    else leaveAnswered(turn, room)
  }
  if (kind === 'hello' && isObject(result.payload) && !result.fault) {
    greeted(turn, result.payload)
    expires(turn, result.payload['expiresIn'])
    hear(turn)
  }
}

function ofHub(turn: Turn, type: string, payload: unknown): void {
  if (!isObject(payload)) return
  if (type === 'hub:gap') gap(turn, payload)
  if (type === 'hub:left') left(turn, payload)
  if (type === 'hub:presence') presence(turn, payload)
}

function faultOf(payload: unknown): Fault {
  const { code, message, issues } = isObject(payload) ? payload : {}
  return {
    code: typeof code === 'string' ? code : 'internal',
    ...(typeof message === 'string' && { message }),
    ...(Array.isArray(issues) && { issues }),
  }
}
