import { isFinal, retryHint } from '@wshub/core/protocol'
import { expires } from './refresh.js'
import { ask, flush, requestsLost } from './requests.js'
import { joinAll, roomsLost } from './rooms.js'
import { forgetConnection, isOpen, type Phase, type State } from './state.js'
import {
  backoff,
  CONNECT_TIMEOUT,
  GREETING_TIMEOUT,
  IDLE_MARGIN,
  LATE,
  LINGER,
  MAX_HINT,
  MIN_WAIT,
  PONG_TIMEOUT,
  PROOF,
} from './timing.js'

// The lifecycle of the connection: one attempt after another, never two at the same time.

const PING = '{"type":"hub:ping","id":0}'

/** The app calls `open()`. */
export function open(state: State): void {
  const { phase, asleep } = state
  if (phase === 'closed' || (phase === 'waiting' && !asleep)) connect(state)
}

/** The app calls `close()`. */
export function close(state: State, { code, reason }: { code: number; reason: string }): void {
  if (state.phase === 'closed') return
  hangUp(state, code, reason)
  end(state, { code, reason, final: false })
}

/** The token provider has answered. @param token `undefined`, `null` or empty if the user is not logged in */
export function tokenReady(state: State, socket: number, token: string | null | undefined): void {
  if (socket !== state.current) return
  if (token) dial(state, token)
  else loggedOut(state, socket)
}

/** The user has logged out. A connection that was opened since then belongs to another login, and stays open. */
export function loggedOut(state: State, socket: number): void {
  if (socket !== state.current) return
  hangUp(state)
  end(state, { code: 4401, reason: 'logged out', final: true })
}

/** The token provider has failed. */
export function tokenFailed(state: State, socket: number): void {
  if (socket === state.current) lose(state, 1006, '')
}

/** The handshake has succeeded. @param typed whether the server speaks this protocol */
export function opened(state: State, socket: number, typed: boolean): void {
  if (socket !== state.current) return
  Object.assign(state, { openedAt: state.now, typed })
  enterPhase(state, 'greeting', GREETING_TIMEOUT)
  markAlive(state)
  if (typed) {
    ask(state, 'hello', { version: 1 })
    joinAll(state)
  }
  settleGreeting(state)
}

/** A socket has closed. */
export function closed(state: State, socket: number, { code, reason }: { code: number; reason: string }): void {
  if (socket === state.closing) {
    state.closing = 0
    if (state.phase === 'lingering') connect(state)
  } else if (socket === state.current) lose(state, code, reason)
}

/** The server has answered `hub:hello`. */
export function greeted(state: State, hello: Record<string, unknown>): void {
  const { connection, pingInterval, maxMessageSize, expiresIn } = hello
  if (typeof connection === 'string') state.connection = connection
  if (isPositive(pingInterval)) state.idle = pingInterval + IDLE_MARGIN
  if (isPositive(maxMessageSize)) state.maxMessageSize = maxMessageSize
  expires(state, expiresIn)
  markAlive(state)
}

/** The client is ready once the server has answered the greeting and every join. */
export function settleGreeting(state: State): void {
  if (state.phase !== 'greeting') return
  if (state.requests.some(({ kind }) => kind === 'hello' || kind === 'join')) return
  becomeReady(state)
}

/** The server has sent data. */
export function markAlive(state: State): void {
  state.pinging = false
  state.graceUsed = false
  state.checkAt = state.typed ? state.now + state.idle : Infinity
}

/**
 * The page is visible or runs again, or the browser reports whether there is a network. The report may be wrong, so
 * it is only a hint.
 */
export function online(state: State, isOnline: boolean): void {
  state.online = isOnline
  if (isOnline || state.asleep || state.phase !== 'waiting') wake(state)
}

/**
 * The page is visible or runs again. Shortens the wait for the next attempt, unless the server has named it; if there is a
 * connection, sends a ping to check whether it is alive.
 */
export function wake(state: State): void {
  if (state.phase === 'waiting' && !state.hinted) {
    state.asleep = false
    state.dueAt = Math.min(state.dueAt, state.now + wait(state, 0))
  } else if (isOpen(state) && state.typed && !state.pinging) ping(state)
}

/** The browser puts the page into its back/forward cache, in which no connection is allowed. */
export function sleep(state: State): void {
  if (state.phase === 'closed' || state.phase === 'waiting') return
  drop(state)
  Object.assign(state, { failures: state.failures - 1, asleep: true, dueAt: Infinity })
}

/** A deadline of the connection has passed. */
export function connectionDue(state: State): void {
  if (state.now >= state.checkAt) checkDue(state)
  if (state.now >= state.dueAt) phaseDue(state)
}

function checkDue(state: State): void {
  const isSlept = state.now - state.checkAt > LATE && !state.graceUsed
  if (state.pinging && !isSlept) return drop(state)
  state.graceUsed = state.pinging
  ping(state)
}

function phaseDue(state: State): void {
  if (state.phase === 'greeting') becomeReady(state)
  else if (state.phase === 'waiting') connect(state)
  else if (state.phase === 'lingering') {
    state.closing = 0
    connect(state)
  } else drop(state)
}

function connect(state: State): void {
  if (state.closing) return enterPhase(state, 'lingering', LINGER)
  state.serial += 1
  state.current = state.serial
  if (!state.settings.token) return dial(state, undefined)
  enterPhase(state, 'token', CONNECT_TIMEOUT)
  state.effects.push({ type: 'token', socket: state.current, refused: state.tokenRefused })
}

function dial(state: State, token: string | undefined): void {
  enterPhase(state, 'opening', CONNECT_TIMEOUT)
  state.effects.push({ type: 'open', socket: state.current, token })
}

function becomeReady(state: State): void {
  enterPhase(state, 'ready', Infinity)
  flush(state)
}

/** Closes the current connection or attempt, and counts it as lost. */
export function drop(state: State): void {
  hangUp(state)
  lose(state, 1006, '')
}

/** Closes the current socket and ignores its later events. */
function hangUp(state: State, code = 1000, reason = ''): void {
  const { phase, current } = state
  if (phase !== 'opening' && !isOpen(state)) return
  state.closing = current
  state.effects.push({ type: 'close', socket: current, code, reason })
}

/** The attempt has failed or the connection is lost. Schedules the next attempt, or ends if the close code is final. */
function lose(state: State, code: number, reason: string): void {
  const { phase } = state
  const isProved = state.now - state.openedAt >= PROOF
  if (isProved) Object.assign(state, { failures: 0, tokenRefused: false })
  const mayRenew = code === 4401 && state.settings.token && !state.tokenRefused
  const isRenewed = mayRenew && (phase === 'opening' || phase === 'greeting' || /\bexpired\b/.test(reason))
  if (isFinal(code) && !isRenewed) return end(state, { code, reason, final: true })
  if (isRenewed) state.tokenRefused = true
  const hint = retryHint(reason)
  forgetConnection(state)
  state.ending = { code, reason, final: false }
  state.hinted = hint !== undefined
  enterPhase(
    state,
    'waiting',
    state.hinted ? Math.min(Math.max(MIN_WAIT, Number(hint)), MAX_HINT) : wait(state, state.failures),
  )
  state.failures += 1
  requestsLost(state, code === 1009 ? 'too_big' : 'connection_lost')
  roomsLost(state)
}

function end(state: State, ending: { code: number; reason: string; final: boolean }): void {
  forgetConnection(state)
  Object.assign(state, { ending, failures: 0, tokenRefused: false, asleep: false })
  enterPhase(state, 'closed', Infinity)
  requestsLost(state, 'closed')
  roomsLost(state)
}

/** @param timeout milliseconds until the phase ends if no event comes */
function enterPhase(state: State, phase: Phase, timeout: number): void {
  state.phase = phase
  state.dueAt = state.now + timeout
}

function ping(state: State): void {
  Object.assign(state, { pinging: true, checkAt: state.now + PONG_TIMEOUT })
  state.effects.push({ type: 'send', text: PING })
}

function wait(state: State, failures: number): number {
  return state.online ? backoff(state, failures) : state.settings.maxWait
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}
