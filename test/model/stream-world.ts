import { EMPTY_POSITION, type LinkPosition, type Position } from '../../packages/core/src/cluster/broker-history.js'
import * as deliveries from '../../packages/core/src/history/delivery-log.js'
import type { Said } from '../../packages/core/src/history/recovery-merge.js'
import type { StreamSlot } from '../../packages/core/src/history/store-model/stored-stream.js'
import type { MessageNumber } from '../../packages/core/src/history/store-model/sender-numbers.js'
import type { StoreReplay } from '../../packages/core/src/history/store-model/stream-store.js'
import { newStream, type ReadAnswer, type StreamState } from '../../packages/core/src/history/stream-machine/state.js'
import { clone } from './plain.js'
import { type Budget, DEFAULT_BUDGET, type StreamBounds } from './stream-bounds.js'
import { tagOf } from './stream-tags.js'

// The parts of the model of a room's stream: one store, servers with their queues to and from it, and clients.

export interface Message {
  readonly id: string
}

export type State = StreamState<Message, string>

/** What a server has asked of the store. `abandoned`: the answer is no longer needed. */
export type Command = { abandoned?: true } & (
  | { readonly kind: 'read'; readonly life: number; readonly from: Position | 0; readonly known: Position }
  | ({ readonly kind: 'append' } & Append)
  | { readonly kind: 'restart'; readonly expected: string }
  | { readonly kind: 'head'; readonly outages: number }
  | { readonly kind: 'recover'; readonly life: number }
)

/** `order` is set if appends may be sent again; `again` says how often this one was. */
export interface Append {
  readonly id: string
  readonly known: Position
  readonly order?: MessageNumber
  readonly again?: number
}

/** An answer of the store. */
export type Reply =
  | { readonly kind: 'read'; readonly life: number; readonly answer: ReadAnswer<Message> }
  /** No position: a later message of the server was kept before. `command`: what may be sent again. */
  | { readonly kind: 'append'; readonly id: string; readonly position: Position | undefined; readonly command?: Append }
  | { readonly kind: 'restart'; readonly position: Position }
  | { readonly kind: 'head'; readonly outages: number; readonly position: Position }
  | { readonly kind: 'recover'; readonly life: number; readonly answer: ReadAnswer<Message> }

/** An event in transit to the subscribers. */
export type LinkEvent =
  | { readonly kind: 'message'; readonly id: string; readonly link: LinkPosition }
  | { readonly kind: 'epoch'; readonly position: Position }
  | { readonly kind: 'unkept'; readonly id: string }

/** A client of a room: the messages and gaps that it got. */
export interface Client {
  ids: string[]
  got: { readonly offset: number; readonly tag: string; readonly id: string }[]
  /** The number of gaps that it got. */
  gaps: number
  /** It must get everything after this position; `undefined` until its server knows the position of the room. */
  base: Position | undefined
  position: Position | undefined
  /** Messages that others saw, that the store lacks, and for which it got no gap. */
  owed: string[]
}

/** A message or a gap that a member is sent. */
export interface ReceivedFrame extends Said {
  /** Whether the frame is a gap after which the stream is another one. */
  readonly isLoss?: boolean
}

/** The record of a member, if members recover. */
export interface View {
  readonly log: deliveries.DeliveryLog
  /** The mark at which it joined. */
  since: deliveries.DeliveryMark
  /** The recovery in progress. */
  hold: { readonly since: deliveries.DeliveryMark; readonly said: ReceivedFrame[] } | undefined
  /** Live messages that it was sent. */
  frames: readonly string[]
  /** Messages that it got with answers to its recoveries. */
  brought: readonly string[]
}

export interface Server {
  state: State | undefined
  member: Client | undefined
  view: View | undefined
  /** Messages that were shown without a position, in this order. */
  unkept: { readonly id: string; readonly emission: number }[]
  /** Messages that were emitted on it. */
  emitted: readonly string[]
  /** Messages that were shown. */
  seen: readonly string[]
  /** Messages that were sent with the answer to a recovery. */
  recovered: readonly string[]
  commands: Command[]
  replies: Reply[]
  /** Appends that the client library will send again. */
  repeated: Extract<Command, { readonly kind: 'append' }>[]
  /** Messages in the order in which they were sent, if appends have numbers; `lives` is the number of restarts of the process. */
  ordered: readonly string[]
  lives: number
  subscribed: boolean
  /** Whether the link was lost and is back, and the room was not checked since. */
  unchecked: boolean
  tasks: number
}

export interface World {
  unique: number
  emitted: number
  left: Budget
  slot: StreamSlot<string>
  snapshot: StreamSlot<string> | undefined
  servers: Server[]
  links: LinkEvent[][]
  away: Client[]
  /** Whether a killed server had shown unkept messages, which no other server knows (limit L2). */
  exempt: boolean
  /** Rules that were broken on the way. */
  broken: string | undefined
}

export function newClient(position?: Position): Client {
  return { ids: [], got: [], gaps: 0, base: position, position, owed: [] }
}

/** The initial world: all servers and clients are at the position of the store. */
export function newWorld(bounds: StreamBounds): World {
  const { members = [true, true], kept = 0 } = bounds
  const slot: StreamSlot<string> = { stream: undefined }
  const position = kept > 0 ? { epoch: '0000000001000001', offset: kept, tag: tagOf(`k${kept}`) } : EMPTY_POSITION
  if (kept > 0) {
    const entries = Array.from({ length: kept }, (_, before) => {
      const id = `k${before + 1}`
      return { offset: before + 1, tag: tagOf(id), bytes: id, ms: 0, before }
    })
    slot.stream = { ...position, start: { offset: 0, tag: '' }, total: kept, entries }
  }
  const left = Object.fromEntries(
    Object.entries(DEFAULT_BUDGET).map(([key, value]) => [key, bounds[key as keyof Budget] ?? value]),
  ) as unknown as Budget
  return {
    unique: 2,
    emitted: 0,
    left,
    slot,
    snapshot: undefined,
    servers: members.map((hasMembers) => newServer(hasMembers ? position : undefined, left.recovers > 0)),
    links: members.map(() => []),
    away: [],
    exempt: false,
    broken: undefined,
  }
}

function newServer(position: Position | undefined, isFollowed: boolean): Server {
  const state = position && {
    ...newStream<Message, string>(),
    active: true,
    last: position,
    high: position,
    verified: true,
  }
  return {
    state,
    member: position && newClient(position),
    view: isFollowed && position ? newView(position) : undefined,
    unkept: [],
    emitted: [],
    seen: [],
    recovered: [],
    commands: [],
    replies: [],
    repeated: [],
    ordered: [],
    lives: 0,
    subscribed: position !== undefined,
    unchecked: false,
    tasks: 0,
  }
}

function newView(position: Position): View {
  const log = deliveries.newDeliveryLog({ unkept: 0, emitted: 0 })
  deliveries.beginLog(log, position)
  return { log, since: deliveries.markOf(log), hold: undefined, frames: [], brought: [] }
}

/** A copy of which the parts that a step touches may be changed. */
export function draftOf(world: World, ...touched: number[]): World {
  const servers = world.servers.map((server, index) => (touched.includes(index) ? clone(server) : server))
  return { ...world, servers, links: [...world.links] }
}

export function take(world: World, key: keyof Budget): void {
  world.left = { ...world.left, [key]: world.left[key] - 1 }
}

/** The number of commands and answers in transit. */
export function underWay({ commands, replies, repeated }: Server): number {
  return commands.length + replies.length + repeated.length
}

/** A copy of the store, for a step that changes it. */
export function slotOf({ stream }: StreamSlot<string>): StreamSlot<string> {
  return { stream: stream && { ...stream, entries: [...stream.entries] } }
}

/** A message that no present client has seen need not reach anyone (limit L1). */
export function forgetUnwitnessed(world: World): void {
  const seen = new Set(world.servers.flatMap(({ member }) => member?.ids ?? []))
  world.away = world.away.map((client) => ({ ...client, owed: client.owed.filter((id) => seen.has(id)) }))
  for (const server of world.servers) {
    const { member } = server
    if (member?.owed.some((id) => !seen.has(id))) {
      world.servers = world.servers.map((one) =>
        one === server ? { ...one, member: { ...member, owed: member.owed.filter((id) => seen.has(id)) } } : one,
      )
    }
  }
}

/** Each client that has not seen an unkept message must get it or a gap, unless the store already has it. */
export function oweUnkept(world: World, id: string): void {
  const { stream } = world.slot
  if (stream?.entries.some(({ bytes }) => bytes === id)) return
  const owe = (client: Client): Client =>
    client.base && !client.ids.includes(id) ? { ...client, owed: [...client.owed, id] } : client
  world.away = world.away.map(owe)
  world.servers = world.servers.map((server) => {
    const { member } = server
    const owing = member && owe(member)
    return owing === member ? server : { ...server, member: owing }
  })
}

/** The answer of the store as the machine gets it. */
export function answerOf({ position, entries, more, lost, start }: StoreReplay<string>): ReadAnswer<Message> {
  const read = entries.map(({ offset, tag, bytes }) => ({ offset, tag, message: { id: bytes } }))
  return { position, entries: read, more, ...(lost && { lost }), ...(start && { start }) }
}
