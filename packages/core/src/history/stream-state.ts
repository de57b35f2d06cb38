import { EMPTY_POSITION, type LinkPosition, type Lost, type Position } from '../cluster/broker-history.js'

/** Messages that wait for an earlier one. Beyond it the oldest are dropped, and read again. */
export const MAX_HELD = 64
/** Messages that are remembered as read before the link brought them. Beyond it each costs a read when it comes. */
export const MAX_READ_AHEAD = 1024

/** What the machine has to know of a message. The rest is carried. */
export interface Identified {
  readonly id: string | undefined
}

/** What becomes of a message that the store has refused, or not confirmed in time. */
export type Unkept = 'deliver' | 'fail'

/** Something that was sent to the room on this server, in the order of sending. Ends when its turn is over. */
export type Sent<Message, Task> =
  | { readonly task: Task }
  | {
      readonly message: Message
      readonly unkept: Unkept
      /** Where the store has kept it. */
      position?: Position
      /** The store has refused it. */
      refused?: boolean
      /** It was delivered, with its position or without. */
      shown?: boolean
      /** It is kept, and the last tick has found it waiting. */
      late?: boolean
      /** A read has begun since it was kept. */
      sought?: boolean
      /** It was kept, and can't be read, or not any more. */
      released?: boolean
    }

/** A message that waits for an earlier one. `undefined`: bytes that this server can't read. */
export interface Held<Message> {
  readonly message: Message | undefined
  readonly link: LinkPosition
}

/** A message that a read has brought. `undefined`: bytes that this server can't read. */
export interface ReadEntry<Message> {
  readonly offset: number
  readonly tag: string
  readonly message: Message | undefined
}

/** The answer of the store to a read; see `Replay`. */
export interface ReadAnswer<Message> {
  readonly position: Position
  readonly entries: readonly ReadEntry<Message>[]
  readonly more: boolean
  readonly lost?: Lost
  readonly start?: Position
}

/** A read that the store has not answered yet. */
export interface Reading {
  readonly from: Position | 0
  readonly known: Position
  /** `unpersisted` when it began. */
  readonly unpersisted: number
  /** `outages` when it began. */
  readonly outages: number
}

/** One room's stream as one server takes part in it. Plain data. */
export interface StreamState<Message, Task> {
  /** Whether the room has members on this server. */
  active: boolean
  /** Rises with every stop: what was asked before is not for those who come afterwards. */
  life: number
  /** Everything up to here was delivered or told as lost. `undefined` until the first read after a start is answered. */
  last: Position | undefined
  /**
   * A position that the store itself has told, by an answer; never what the link brought. Each was told by a store that
   * had the one before, so that it may lag behind, and no loss goes unnoticed.
   */
  high: Position
  /** The append under way that brings `high`; those behind it bring nothing. */
  bringing: { readonly id: string | undefined; readonly known: Position } | undefined
  /** Losses of the link so far. */
  outages: number
  /** Whether the store has confirmed `last` since the last loss of the link. */
  verified: boolean
  reading: Reading | undefined
  /** A read that begins now is wanted, because of something that happened since the present one began. */
  again: boolean
  /** What the link brought since the present read began: when `last` passes through it, no other read is needed. */
  wanted: Position | undefined
  /** The first read after a start has failed: `last` is not known, and what is kept meanwhile may lie before it. */
  blind: boolean
  /** A read or a restart has failed: the next tick tries again. */
  retry: boolean
  held: Held<Message>[]
  readAhead: { readonly offset: number; readonly tag: string }[]
  /** Messages that were delivered without being kept since an epoch began. */
  unpersisted: number
  /**
   * The epoch that a read saw after the last unpersisted message, and the ticks to wait until it ends: by then the other
   * servers of the same outage have seen it too, and one new epoch serves them all.
   */
  ending: { readonly unpersisted: number; readonly expected: string; readonly ticks: number } | undefined
  /** A restart of an epoch is under way, for so many unpersisted messages. */
  restarting: { readonly unpersisted: number; readonly expected: string } | undefined
  sent: Sent<Message, Task>[]
}

/** What the shell is to do, in this order. */
export type Effect<Message, Task> =
  /** `history.since(topic, from, { ...window, known, page })`, then `answered` or `readFailed` with the same `life`. */
  | { readonly type: 'read'; readonly life: number; readonly from: Position | 0; readonly known: Position }
  /** `history.append(topic, bytes, { ...window, known })`, then `appended` or `refused`. */
  | { readonly type: 'append'; readonly message: Message; readonly known: Position }
  /** `history.restart(topic, expected, window)`, then `restarted` or `restartFailed`. */
  | { readonly type: 'restart'; readonly expected: string }
  /** Members that have no position yet begin here; comes before what follows it. */
  | { readonly type: 'begin'; readonly position: Position }
  /** To this server's members, unless a message of this id was delivered before. */
  | { readonly type: 'deliver'; readonly message: Message; readonly position: Position }
  /** To this server's members and the other servers, without a position; its id is remembered as delivered. */
  | { readonly type: 'deliverUnkept'; readonly message: Message }
  /** Whoever emitted it is told that it is not known to be kept. */
  | { readonly type: 'fail'; readonly message: Message }
  /** A message that this server can't read is at this position: members are told, and go on behind it. */
  | { readonly type: 'unreadable'; readonly position: Position }
  /** Members have missed something and go on from `position`; comes before what follows it. */
  | { readonly type: 'gap'; readonly reason: Lost; readonly position: Position }
  /** What was to be done after the messages that were sent before. */
  | { readonly type: 'run'; readonly task: Task }

/** The stream of a room in which this server does not take part yet. */
export function newStream<Message, Task>(): StreamState<Message, Task> {
  return {
    active: false,
    life: 0,
    last: undefined,
    high: EMPTY_POSITION,
    bringing: undefined,
    outages: 0,
    verified: false,
    reading: undefined,
    again: false,
    wanted: undefined,
    blind: false,
    retry: false,
    held: [],
    readAhead: [],
    unpersisted: 0,
    ending: undefined,
    restarting: undefined,
    sent: [],
  }
}
