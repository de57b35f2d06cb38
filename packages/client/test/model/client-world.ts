import type * as clientMachine from '../../src/machine/index.js'
import { newState, type State } from '../../src/machine/state.js'

// The parts of the model of a client: the client, its sockets, one server with one room, and the app that uses the client.

/** The code that is explored; mutants replace parts of it. */
export type Machine = typeof clientMachine

/** A message on a socket, in either direction. */
export interface Wire {
  readonly type: string
  readonly id?: number
  readonly payload?: unknown
  readonly room?: string
  readonly offset?: number
  readonly epoch?: string
  readonly tag?: string
}

export interface Socket {
  readonly id: number
  /** The handshake has succeeded. */
  isOpen: boolean
  openedAt: number
  /** The client has called close(). */
  isClosing: boolean
  toServer: Wire[]
  toClient: Wire[]
  /** A join that the server has not answered, because it still reads the missed messages. */
  joining: Wire | undefined
  /** The connection is a member of the room. */
  isMember: boolean
  /** Offsets that the server has sent on this connection. */
  sent: number[]
  /** Requests that the server has executed on this connection. */
  executed: number[]
  /** Streams that the server has not ended, each with the number of values that were sent. */
  streams: { readonly id: number; readonly sent: number }[]
}

/** How often each event may still happen. */
export interface Budget {
  readonly requests: number
  readonly retries: number
  readonly aborts: number
  /** Requests with streamed replies, and the values of all these streams together. */
  readonly streams: number
  readonly values: number
  readonly enters: number
  readonly exits: number
  readonly opens: number
  readonly closes: number
  readonly ticks: number
  readonly lates: number
  readonly cuts: number
  /** Closes with 1001 and a retry time. */
  readonly drains: number
  /** Closes with `4401 expired`. */
  readonly expiries: number
  /** Closes with 4403. */
  readonly bans: number
  readonly wakes: number
  readonly sleeps: number
  readonly networks: number
  readonly emits: number
  /** The history begins a new epoch. */
  readonly losses: number
  /** Joins that are answered `unavailable`. */
  readonly unavailable: number
  readonly forbidden: number
  readonly kicks: number
  /** Answers that the server sends twice. */
  readonly doubles: number
}

export const NO_BUDGET: Budget = {
  requests: 0,
  retries: 0,
  aborts: 0,
  streams: 0,
  values: 0,
  enters: 0,
  exits: 0,
  opens: 1,
  closes: 0,
  ticks: 0,
  lates: 0,
  cuts: 0,
  drains: 0,
  expiries: 0,
  bans: 0,
  wakes: 0,
  sleeps: 0,
  networks: 0,
  emits: 0,
  losses: 0,
  unavailable: 0,
  forbidden: 0,
  kicks: 0,
  doubles: 0,
}

/** The bounds of a run. */
export interface ClientBounds extends Partial<Budget> {
  readonly token?: boolean
  /** Milliseconds after which an authorisation expires. */
  readonly expiresIn?: number
  /** Whether the room has no history. */
  readonly plain?: boolean
  readonly load?: boolean
  readonly last?: number
  /** Whether the app has a state at the beginning. */
  readonly from?: boolean
  /** Messages in the history at the beginning. */
  readonly kept?: number
}

/** The app: the messages and results that it has got. */
export interface App {
  /** The offset of the last message that the app has applied or that its state contains; `undefined` before. */
  at: number | undefined
  /** While `at` is unknown: the first message that the app gets has at most the offset after this one. */
  floor: number
  pending: number[]
  retried: number[]
  /** The values of each stream that have arrived. */
  streams: { readonly id: number; readonly got: number }[]
  isLeft: boolean
}

export interface World {
  state: State
  now: number
  left: Budget
  sockets: Socket[]
  tokens: number[]
  /** The connections whose refresh is in progress. */
  refreshes: number[]
  loads: { readonly load: number; readonly head: number }[]
  history: { readonly offset: number; readonly epoch: string; readonly tag: string }[]
  head: number
  epoch: string
  /** Requests that the server has executed. */
  executed: number[]
  app: App
  /** Whether the client may open a socket, and from what time on. */
  mayOpen: boolean
  notBefore: number
  /** The token provider was called with `refused: true`, and no connection has been stable since. */
  tokenRefused: boolean
  broken: string | undefined
}

export const ROOM = 'r'

export function positionAt(world: Pick<World, 'epoch' | 'history'>, offset: number): WirePosition {
  const message = world.history.find((one) => one.offset === offset)
  return message ?? { offset, epoch: offset === 0 ? '' : world.epoch, tag: '' }
}

interface WirePosition {
  readonly offset: number
  readonly epoch: string
  readonly tag: string
}

export function newWorld(bounds: ClientBounds): World {
  const { token = false, kept = 0 } = bounds
  const left = Object.fromEntries(
    Object.entries(NO_BUDGET).map(([key, value]) => [key, bounds[key as keyof Budget] ?? value]),
  ) as unknown as Budget
  const history = Array.from({ length: kept }, (_, i) => ({ offset: i + 1, epoch: 'e1', tag: `t${i + 1}` }))
  return {
    state: newState({ token, timeout: 10_000, queueCount: 2, queueBytes: 1000, firstWait: 1000, maxWait: 30_000 }),
    now: 1_000_000,
    left,
    sockets: [],
    tokens: [],
    refreshes: [],
    loads: [],
    history,
    head: kept,
    epoch: 'e1',
    executed: [],
    app: { at: bounds.from ? kept : undefined, floor: 0, pending: [], retried: [], streams: [], isLeft: false },
    mayOpen: false,
    notBefore: 0,
    tokenRefused: false,
    broken: undefined,
  }
}
