import { EMPTY_POSITION, type LinkPosition, type Lost, type Position } from '../../cluster/broker-history.js'

/** The most messages that wait for an earlier one. If there are more, the oldest are dropped and read again. */
export const MAX_HELD = 64
/** The most remembered messages that were read before they arrived over the link. Each further one costs another read. */
export const MAX_READ_AHEAD = 1024

/** The part of a message that the machine uses. */
export interface Identified {
  readonly id: string | undefined
}

/**
 * The handling of a message that the store refused or did not confirm in time. `deliver`: it is delivered without a
 * position; `fail`: `onError` gets `not_kept`; `reject`: its emitter waits for the answer of the store itself.
 */
export type Unkept = 'deliver' | 'fail' | 'reject'

/** A message or task for the room, in the order of sending on this server. It is removed when its turn ends. */
export type Sent<Message, Task> =
  | { readonly task: Task }
  | {
      readonly message: Message
      readonly unkept: Unkept
      /** Its position in the store. */
      position?: Position
      /** The store has refused it. */
      refused?: boolean
      /** It was delivered, with its position or without. */
      shown?: boolean
      /** It is kept, and was still waiting at the last tick. */
      late?: boolean
      /** A read has begun since it was kept. */
      sought?: boolean
      /** It was kept, but it can't be read at the moment or the store has lost it. */
      released?: boolean
    }

/** A message that waits for an earlier one. `undefined`: bytes that this server can't read. */
export interface HeldMessage<Message> {
  readonly message: Message | undefined
  readonly link: LinkPosition
}

/** A message from a read. `undefined`: bytes that this server can't read. */
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
  /** Increases with every stop: answers to earlier requests do not apply to later members. */
  life: number
  /** Messages up to here were delivered or reported lost. `undefined` until the first read after a start succeeds. */
  last: Position | undefined
  /**
   * The last position in an answer of the store, never a position from the link. Each answer comes from a store that had
   * the position before: `high` may lag behind, but every loss is detected.
   */
  high: Position
  /** The pending append that carries `high`; later appends carry no position. */
  bringing: { readonly id: string | undefined; readonly known: Position } | undefined
  /** How often the link was lost or restored so far. */
  outages: number
  /** Whether the store has confirmed `last` since the link was last lost or restored. */
  verified: boolean
  reading: Reading | undefined
  /** Another read must follow the current one, because of something that has happened since the current one began. */
  again: boolean
  /** A position that the link has shown since the current read began. If `last` gets there, no other read is needed. */
  wanted: Position | undefined
  /** The first read after a start has failed: `last` is unknown, and messages kept meanwhile may lie before it. */
  blind: boolean
  /** A read or a restart has failed: the next tick tries again. */
  retry: boolean
  /** Ticks until the loss of another epoch causes a read. Until then all losses of a burst cause only one more gap. */
  settling: number
  /** The link has shown another epoch while `settling` was above 0. */
  delayed: boolean
  held: HeldMessage<Message>[]
  readAhead: { readonly offset: number; readonly tag: string }[]
  /** Messages that were delivered without being kept since an epoch began. */
  unpersisted: number
  /**
   * The epoch that a read found after the last unpersisted message, and the ticks until this server ends it. By then the
   * other servers with the same outage have found it too, and one new epoch serves them all.
   */
  ending: { readonly unpersisted: number; readonly expected: string; readonly ticks: number } | undefined
  /** The pending restart of an epoch, and the number of unpersisted messages that it covers. */
  restarting: { readonly unpersisted: number; readonly expected: string } | undefined
  sent: Sent<Message, Task>[]
}

/** The actions for the shell, in order. */
export type Effect<Message, Task> =
  /** `history.since(topic, from, { ...window, known, page })`, then `answered` or `readFailed` with the same `life`. */
  | { readonly type: 'read'; readonly life: number; readonly from: Position | 0; readonly known: Position }
  /** `history.append(topic, bytes, { ...window, known })`, then `appended` or `refused`. */
  | { readonly type: 'append'; readonly message: Message; readonly known: Position }
  /** `history.restart(topic, expected, window)`, then `restarted` or `restartFailed`. */
  | { readonly type: 'restart'; readonly expected: string }
  /** Members that have no position yet begin at this one. Comes before the messages after it. */
  | { readonly type: 'begin'; readonly position: Position }
  /** Delivers to this server's members, unless a message with this id was delivered before. */
  | { readonly type: 'deliver'; readonly message: Message; readonly position: Position }
  /** Delivers to this server's members and the other servers, without a position. The id is remembered as delivered. */
  | { readonly type: 'deliverUnkept'; readonly message: Message }
  /** `onError` gets `not_kept`: the store has not confirmed that it kept the message. */
  | { readonly type: 'fail'; readonly message: Message }
  /** The message at this position is unreadable here: members get a gap and continue after it. */
  | { readonly type: 'unreadable'; readonly position: Position }
  /** Members have missed messages and continue from `position`. Comes before the messages after it. */
  | { readonly type: 'gap'; readonly reason: Lost; readonly position: Position }
  /** Runs a task that waited for the messages sent before it. */
  | { readonly type: 'run'; readonly task: Task }

/** The actions of one event, in order. */
export type Effects<Message, Task> = Effect<Message, Task>[]

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
    settling: 0,
    delayed: false,
    held: [],
    readAhead: [],
    unpersisted: 0,
    ending: undefined,
    restarting: undefined,
    sent: [],
  }
}
