import { isFinal, retryHint } from '@wshub/core/protocol'
import { ask, flush, requestsClosed, requestsLost } from './requests.js'
import { joinAll, roomsLost } from './rooms.js'
import { isOpen, type Turn } from './state.js'
import {
  backoff,
  CONNECT_TIMEOUT,
  GREETING_TIMEOUT,
  IDLE_MARGIN,
  LATE,
  LINGER,
  MIN_WAIT,
  PONG_TIMEOUT,
  PROOF,
} from './timing.js'

// The life of the connection: one attempt after another, never two at once.

const PING = '{"type":"hub:ping","id":0}'

/** The app wants a connection, now. */
export function open(turn: Turn): void {
  const { phase, asleep } = turn.state
  if (phase === 'closed' || (phase === 'waiting' && !asleep)) connect(turn)
}

/** The app closes the connection. */
export function close(turn: Turn, { code, reason }: { code: number; reason: string }): void {
  if (turn.state.phase === 'closed') return
  hangUp(turn, code, reason)
  end(turn, { code, reason, final: false })
}

/** The token provider has answered. @param token none if the user is not logged in */
export function tokenReady(turn: Turn, socket: number, token: string | null | undefined): void {
  if (socket !== turn.state.current) return
  if (token) dial(turn, token)
  else loggedOut(turn, socket)
}

/** The user has logged out. A connection that was opened since is that of another login. */
export function loggedOut(turn: Turn, socket: number): void {
  if (socket !== turn.state.current) return
  hangUp(turn)
  end(turn, { code: 4401, reason: 'logged out', final: true })
}

/** The token provider has failed. */
export function tokenFailed(turn: Turn, socket: number): void {
  if (socket === turn.state.current) lose(turn, 1006, '')
}

/** The handshake has succeeded. @param typed whether the server speaks this protocol */
export function opened(turn: Turn, socket: number, typed: boolean): void {
  const { state, now } = turn
  if (socket !== state.current) return
  Object.assign(state, { phase: 'greeting', openedAt: now, dueAt: now + GREETING_TIMEOUT, typed })
  hear(turn)
  if (typed) {
    ask(turn, { kind: 'hello', room: '', payload: { version: 1 } })
    joinAll(turn)
  }
  settleGreeting(turn)
}

/** A socket has closed. */
export function closed(turn: Turn, socket: number, { code, reason }: { code: number; reason: string }): void {
  const { state } = turn
  if (socket === state.closing) {
    state.closing = 0
    if (state.phase === 'lingering') connect(turn)
  } else if (socket === state.current) lose(turn, code, reason)
}

/** The server has answered `hub:hello`. */
export function greeted({ state }: Turn, hello: Record<string, unknown>): void {
  const { connection, pingInterval, maxMessageSize } = hello
  if (typeof connection === 'string') state.connection = connection
  if (isPositive(pingInterval)) state.idle = pingInterval + IDLE_MARGIN
  if (isPositive(maxMessageSize)) state.maxMessageSize = maxMessageSize
}

/** The client is ready once the server has answered the greeting and every join. */
export function settleGreeting(turn: Turn): void {
  const { state } = turn
  if (state.phase !== 'greeting') return
  if (state.requests.some(({ kind }) => kind === 'hello' || kind === 'join')) return
  becomeReady(turn)
}

/** The server has sent data. */
export function hear({ state, now }: Turn): void {
  state.pinging = false
  state.excused = false
  state.checkAt = state.typed ? now + state.idle : Infinity
}

/** The browser reports whether there is a network. It may be wrong, so it is only a hint. */
export function online(turn: Turn, isOnline: boolean): void {
  turn.state.online = isOnline
  if (isOnline || turn.state.phase !== 'waiting') wake(turn)
}

/** The page is visible or runs again: checks whether the connection is alive. */
export function wake(turn: Turn): void {
  const { state, now } = turn
  if (state.phase === 'waiting' && !state.hinted) {
    state.asleep = false
    state.dueAt = Math.min(state.dueAt, now + wait(turn, 0))
  } else if (isOpen(state) && state.typed && !state.pinging) ping(turn)
}

/** The page goes into a cache of the browser, which allows no connection. */
export function sleep(turn: Turn): void {
  const { state } = turn
  if (state.phase === 'closed' || state.phase === 'waiting') return
  drop(turn)
  Object.assign(state, { failures: state.failures - 1, asleep: true, dueAt: Infinity })
}

/** A deadline of the connection has passed. */
export function connectionDue(turn: Turn): void {
  const { state, now } = turn
  if (now >= state.checkAt) checkDue(turn)
  if (now >= state.dueAt) phaseDue(turn)
}

function checkDue(turn: Turn): void {
  const { state, now } = turn
  const isSlept = now - state.checkAt > LATE && !state.excused
  if (state.pinging && !isSlept) return drop(turn)
  state.excused = state.pinging
  ping(turn)
}

function phaseDue(turn: Turn): void {
  const { state } = turn
  if (state.phase === 'greeting') becomeReady(turn)
  else if (state.phase === 'waiting') connect(turn)
  else if (state.phase === 'lingering') {
    state.closing = 0
    connect(turn)
  } else drop(turn)
}

function connect(turn: Turn): void {
  const { state, now, effects } = turn
  if (state.closing) {
    Object.assign(state, { phase: 'lingering', dueAt: now + LINGER })
    return
  }
  state.serial += 1
  state.current = state.serial
  if (!state.settings.token) return dial(turn, undefined)
  Object.assign(state, { phase: 'token', dueAt: now + CONNECT_TIMEOUT })
  effects.push({ type: 'token', socket: state.current, refused: state.renewed })
}

function dial({ state, now, effects }: Turn, token: string | undefined): void {
  Object.assign(state, { phase: 'opening', dueAt: now + CONNECT_TIMEOUT })
  effects.push({ type: 'open', socket: state.current, token })
}

function becomeReady(turn: Turn): void {
  Object.assign(turn.state, { phase: 'ready', dueAt: Infinity })
  flush(turn)
}

/** Gives up a connection that does not answer. */
export function drop(turn: Turn): void {
  hangUp(turn)
  lose(turn, 1006, '')
}

/** Closes the present socket and ignores its later events. */
function hangUp({ state, effects }: Turn, code = 1000, reason = ''): void {
  const { phase, current } = state
  if (phase !== 'opening' && !isOpen(state)) return
  state.closing = current
  effects.push({ type: 'close', socket: current, code, reason })
}

/** The attempt has failed or the connection is lost: the next attempt comes later, or never. */
function lose(turn: Turn, code: number, reason: string): void {
  const { state, now } = turn
  const { phase } = state
  const isProved = now - state.openedAt >= PROOF
  if (isProved) Object.assign(state, { failures: 0, renewed: false })
  const mayRenew = code === 4401 && state.settings.token && !state.renewed
  const isRenewed = mayRenew && (phase === 'opening' || phase === 'greeting' || /\bexpired\b/.test(reason))
  if (isFinal(code) && !isRenewed) return end(turn, { code, reason, final: true })
  if (isRenewed) state.renewed = true
  const hint = retryHint(reason)
  forget(turn)
  state.phase = 'waiting'
  state.hinted = hint !== undefined
  state.dueAt = now + (hint === undefined ? wait(turn, state.failures) : Math.max(MIN_WAIT, hint))
  state.failures += 1
  requestsLost(turn, code)
  roomsLost(turn)
}

function end(turn: Turn, ending: { code: number; reason: string; final: boolean }): void {
  const { state } = turn
  forget(turn)
  Object.assign(state, { phase: 'closed', ending, dueAt: Infinity, failures: 0, renewed: false, asleep: false })
  requestsClosed(turn)
  roomsLost(turn)
}

function forget({ state }: Turn): void {
  Object.assign(state, {
    current: 0,
    hinted: false,
    openedAt: Infinity,
    checkAt: Infinity,
    pinging: false,
    refreshAt: Infinity,
    maxMessageSize: Infinity,
  })
}

function ping({ state, now, effects }: Turn): void {
  Object.assign(state, { pinging: true, checkAt: now + PONG_TIMEOUT })
  effects.push({ type: 'send', text: PING })
}

function wait(turn: Turn, failures: number): number {
  const { state } = turn
  return state.online ? backoff(turn, failures) : state.settings.maxWait
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}
