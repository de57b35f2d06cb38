import type { Position } from '../../packages/core/src/cluster/broker-history.js'
import * as log from '../../packages/core/src/history/delivery-log.js'
import * as duplicates from '../../packages/core/src/history/duplicate-filter.js'
import { isSame } from '../../packages/core/src/history/position.js'
import type { Said } from '../../packages/core/src/history/recovery-merge.js'

// A client has messages of a room from another server. Its new server is behind, or the store was rolled back.

/** A message or gap that the room sends to its member. */
export interface Line extends Said {
  readonly id: string
  /** Its number among the lines. */
  readonly seq: number
  /** The time at which the filter got it; `undefined` before. */
  readonly at?: number
}

/** The code that is explored; mutants replace parts of it. */
export interface Rules {
  readonly duplicates: typeof duplicates
  /** Whether a recovery takes over the messages that are held since an earlier recovery failed. */
  readonly takesOver: boolean
  readonly log: Pick<typeof log, 'isOmitted'>
}

export const RULES: Rules = { duplicates, takesOver: true, log }

/** How often something may still happen. */
export interface Budget {
  readonly messages: number
  /** Messages that the client is not meant to get. */
  readonly excepted: number
  /** Messages without a position. */
  readonly raw: number
  /** Rollbacks of the store, after which another message gets the next offset. */
  readonly losses: number
  /** Beginnings of another epoch. */
  readonly epochs: number
  readonly recovers: number
  /** Requests for the last messages. */
  readonly lasts: number
  /** Waits, each as long as messages are held at most. */
  readonly waits: number
}

/** A recovery in progress. */
export interface Hold {
  readonly since: log.DeliveryMark
  readonly isNewcomer: boolean
  readonly until: number | undefined
  readonly frames: Line[]
  known: number | undefined
}

export interface World {
  left: Budget
  now: number
  /** The messages of the stream in its current epoch. */
  chain: readonly { readonly offset: number; readonly tag: string }[]
  /** The position of the room on the server. */
  room: Position
  /** The position of the store. The room must get there before a recovery can succeed. */
  head: Position
  isSetBack: boolean
  log: log.DeliveryLog
  omitted: readonly log.Omission[]
  lines: Line[]
  hold: Hold | undefined
  filter: { since: log.DeliveryMark; readonly state: duplicates.DuplicateFilter<Line> } | undefined
  client: {
    position: Position
    /** The messages that it has. */
    has: string[]
    /** The messages that this server has sent to it, and those that came with answers to its requests. */
    shown: string[]
    brought: string[]
    seq: number
    /** Whether it has asked for the last messages. */
    isNewcomer: boolean
  }
  /** Messages that need not reach the client. */
  excepted: string[]
  broken: string | undefined
}

/** The start and the bounds of a run. */
export interface DuplicateBounds extends Partial<Budget> {
  /** The offset of the client's last message; the server is at offset 1. */
  readonly client?: number
  /** The client's last message belongs to the next epoch already. */
  readonly isAfterEpoch?: boolean
}

const DEFAULT_BUDGET: Budget = {
  messages: 5,
  excepted: 0,
  raw: 0,
  losses: 0,
  epochs: 0,
  recovers: 1,
  lasts: 0,
  waits: 0,
}

export const at = (epoch: string, offset: number, tag = `a${offset}`): Position => ({ epoch, offset, tag })

/** The mark at which the member joined. */
export const JOINED: log.DeliveryMark = { range: 0, offset: 1, unkept: 0, emitted: 0 }

export function newWorld({ client = 3, isAfterEpoch = false, ...bounds }: DuplicateBounds): World {
  const room = at('e1', 1)
  const position = isAfterEpoch ? at('e2', client, `c${client}`) : at('e1', client)
  const deliveries = log.newDeliveryLog({ unkept: 0, emitted: 0 })
  log.beginLog(deliveries, room)
  const left = Object.fromEntries(
    Object.entries(DEFAULT_BUDGET).map(([key, value]) => [key, bounds[key as keyof Budget] ?? value]),
  ) as unknown as Budget
  return {
    left,
    now: 0,
    chain: [{ offset: 1, tag: 'a1' }],
    room,
    head: position,
    isSetBack: false,
    log: deliveries,
    omitted: [],
    lines: [],
    // The client asks for a recovery as soon as it is connected.
    hold: { since: log.markOf(deliveries), isNewcomer: false, until: undefined, frames: [], known: undefined },
    filter: undefined,
    client: {
      position,
      has: Array.from({ length: client }, (_, n) => (isAfterEpoch && n === client - 1 ? `c${n + 1}` : `a${n + 1}`)),
      shown: [],
      brought: [],
      isNewcomer: false,
      seq: 0,
    },
    excepted: [],
    broken: undefined,
  }
}

/** Sends something to the client. @param how `live`: as it comes; `merged`: with an answer; `missed`: as part of the answer */
export function show(world: World, line: Line, how: 'live' | 'merged' | 'missed' = 'live'): void {
  const { client } = world
  const { id, seq, position, isGap } = line
  // Another request for the last messages may bring a message again.
  const isTwice = client.shown.includes(id) || (how !== 'missed' && client.brought.includes(id))
  if (isTwice) world.broken = 'B a message is sent twice'
  if (how === 'live' && seq < client.seq) world.broken = 'B messages change their order'
  // No fault and no time limit explains a duplicate here.
  if (client.has.includes(id) && isFaultless(world)) world.broken = 'B the client has a message already'
  if (how === 'missed') client.brought = [...new Set([...client.brought, id])].toSorted()
  else client.shown.push(id)
  if (how === 'live') client.seq = seq
  if (!client.has.includes(id)) client.has.push(id)
  if (position && (isGap || isNewer(position, client.position))) client.position = position
}

function isNewer(one: Position, other: Position): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.offset > other.offset)
}

function isFaultless({ isSetBack, room, now, client }: World): boolean {
  return !isSetBack && room.epoch === 'e1' && now === 0 && !client.isNewcomer
}

/** The room sends a line. @param isMeant whether the client is meant to get it */
export function say(
  world: World,
  line: Omit<Line, 'seq'>,
  { rules, isMeant }: { rules: Rules; isMeant: boolean },
): void {
  const said = { ...line, seq: world.lines.length + 1 }
  world.lines.push(said)
  if (!isMeant) world.excepted.push(line.id)
  else if (world.hold) world.hold.frames.push(said)
  else if (world.filter) {
    const marked = { ...said, at: world.now }
    apply(world, rules.duplicates.filter(world.filter.state, marked, world.now))
  } else show(world, said)
  reach(world, line.position, rules)
}

export function reach(world: World, position: Position | undefined, rules: Rules): void {
  const { hold } = world
  if (position && hold && !hold.isNewcomer && isSame(position, world.client.position)) hold.known = hold.frames.length
  if (position && world.filter) apply(world, rules.duplicates.reached(world.filter.state, position))
}

/** What `duplicate-hold.ts` does. */
export function apply(world: World, { sent, isOver, isKnown }: duplicates.Filtered<Line>): void {
  const { filter } = world
  if (isKnown && filter) omit(world, { since: filter.since, upTo: filter.state.position })
  for (const line of sent) show(world, line)
  if (isOver) world.filter = undefined
  else if (filter && isEmpty(filter.state)) filter.since = log.markOf(world.log)
}

/** What `deliveries.ts` does. */
export function omit(world: World, omission: log.Omission): void {
  world.omitted = log.withOmission(world.omitted, omission)
}

function isEmpty({ held }: duplicates.DuplicateFilter<Line>): boolean {
  return held.length === 0
}
