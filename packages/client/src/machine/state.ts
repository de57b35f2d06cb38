import type { Effect } from './effects.js'
import type { Fault, Message, Position, Request } from './messages.js'

export type * from './effects.js'
export type * from './messages.js'

/** How the last attempt or connection ended. */
export interface Ending {
  readonly code: number
  readonly reason: string
  /** Whether the client does not reconnect until `open()`. */
  readonly final: boolean
}

/**
 * `lingering`: the former socket is closing. `token`: the token provider was called. `opening`: the handshake is in
 * progress. `greeting`: the socket is open, and rooms are being joined.
 */
export type Phase = 'closed' | 'waiting' | 'lingering' | 'token' | 'opening' | 'greeting' | 'ready'

/** The options of a room's first holder. */
export interface RoomOptions {
  /** Passed to the server's `authorize`. */
  readonly payload?: unknown
  /** How many of the last messages the first join requests. */
  readonly last?: number | undefined
  /** The position of the app's current state. */
  readonly from?: Position | undefined
  /** Whether the app loads its state, before the first message and after a reset. */
  readonly load?: boolean | undefined
}

/** The entry of a user in a room. */
export interface PresenceEntry<PresenceState = unknown> {
  readonly user: string
  /** The presence state of the user; absent if there is none. */
  readonly state?: PresenceState
  /** The ids of the user's connections in the room, the newest first. */
  readonly connections: readonly string[]
}

/** The users in a room after the change with the number `seq`. */
export interface Presence {
  readonly seq: number
  readonly entries: readonly PresenceEntry[]
  /** How many users there are. */
  readonly count: number
  /** `false` in a large room, for which the client knows only the number of users. */
  readonly isListed: boolean
}

/**
 * `idle`: not joined. `joining`: `hub:join` is in progress. `loading`: joined, and the app loads its state. `leaving`:
 * `hub:leave` is in progress. `out`: refused or removed; not joined again by itself.
 */
export type RoomPhase = 'idle' | 'joining' | 'loading' | 'joined' | 'leaving' | 'out'

/** A room with holders, or one that is being left. */
export interface RoomState {
  readonly name: string
  options: RoomOptions
  holders: number
  phase: RoomPhase
  /** The current connection is a member of the room, so it misses no later message. */
  member: boolean
  /** Messages up to here were delivered or reported lost. */
  position: Position | undefined
  /** The position at the end of the last join's messages. */
  upTo: Position | undefined
  /** The id of the connection that `position` belongs to. */
  connection: string | undefined
  /** The app has a complete state: later losses are reported. */
  known: boolean
  /** The app has to load its state before anything is delivered. */
  needsLoad: boolean
  /** The number of the current load. */
  load: number
  /** The current load began too early and must be repeated. */
  stale: boolean
  /** The reason of a loss that is reported to the app once the room is joined. */
  lost: string | undefined
  /** Messages that came before the missed messages were known. */
  held: Message[]
  /** The reason for the phase `out`. */
  fault: Fault | undefined
  dueAt: number
  failures: number
  presence: Presence | undefined
  /** Changes of the presence that came before its list. */
  changes: Record<string, unknown>[]
}

/** The fixed settings of a client. Plain data. */
export interface Settings {
  /** Whether there is a token provider. */
  readonly token: boolean
  /** Milliseconds that a request of the app may take. */
  readonly timeout: number
  /** Requests and emits that wait for a connection, at most. */
  readonly queueCount: number
  readonly queueBytes: number
  /** Milliseconds: the first limit and the largest limit of the random wait between two tries. */
  readonly firstWait: number
  readonly maxWait: number
}

/**
 * A client. Plain data; times are milliseconds of a clock that never goes back. The shell sets `now` and `random` before each
 * event, and takes `effects` after it.
 */
export interface State {
  readonly settings: Settings
  now: number
  /** In [0, 1). */
  random: number
  readonly effects: Effect[]
  phase: Phase
  ending: Ending
  online: boolean
  /** The page is in the back/forward cache of the browser. The client does not connect until the page is shown. */
  asleep: boolean
  /** The number of attempts. */
  serial: number
  /** The current attempt or connection; 0 for none. Events of any other are ignored. */
  current: number
  /** The socket that is closing; 0 for none. */
  closing: number
  /** The time at which the phase ends if no event comes. */
  dueAt: number
  /** The server has named the duration of this wait. */
  hinted: boolean
  /** Attempts since the last stable connection. */
  failures: number
  openedAt: number
  /** The token provider was called with `refused: true`, and no connection has been stable since. */
  tokenRefused: boolean
  /** The server speaks this protocol. */
  typed: boolean
  /** The silence after which the client sends a ping, in milliseconds. */
  idle: number
  /** The time at which the client sends a ping or, if it has sent one, gives the connection up. */
  checkAt: number
  pinging: boolean
  /**
   * The answer to a ping was overdue, but this was noticed so late that the page must have been asleep. The client sends one more
   * ping before it gives the connection up.
   */
  graceUsed: boolean
  refreshAt: number
  maxMessageSize: number
  /** The id of the current connection. */
  connection?: string
  /** The last id of a request or a load. */
  count: number
  requests: Request[]
  rooms: RoomState[]
}

/** Whether the connection is open. */
export function isOpen({ phase }: State): boolean {
  return phase === 'greeting' || phase === 'ready'
}

/** The state of a client without a connection. */
const NOT_CONNECTED = {
  current: 0,
  hinted: false,
  openedAt: Infinity,
  checkAt: Infinity,
  pinging: false,
  refreshAt: Infinity,
  maxMessageSize: Infinity,
}

export function forgetConnection(state: State): void {
  Object.assign(state, NOT_CONNECTED)
}

export function newState(settings: Settings): State {
  return {
    ...NOT_CONNECTED,
    settings,
    now: 0,
    random: 0,
    effects: [],
    phase: 'closed',
    ending: { code: 1000, reason: '', final: false },
    online: true,
    asleep: false,
    serial: 0,
    closing: 0,
    dueAt: Infinity,
    failures: 0,
    tokenRefused: false,
    typed: false,
    idle: 25_000,
    graceUsed: false,
    count: 0,
    requests: [],
    rooms: [],
  }
}
