import { EMPTY_POSITION, type LinkPosition } from '../../packages/core/src/cluster/broker-history.js'
import * as log from '../../packages/core/src/history/delivery-log.js'
import type { LastNumber } from '../../packages/core/src/history/store-model/sender-numbers.js'
import * as stream from '../../packages/core/src/history/stream-machine/events.js'
import * as store from '../../packages/core/src/history/store-model/stream-store.js'
import type { Rules } from './stream-shell.js'
import type { StreamBounds } from './stream-bounds.js'

/** Code without one rule of the machine or the store, and bounds within which the explorer detects that. */
export interface Mutant {
  readonly title: string
  readonly bounds: StreamBounds
  /** The steps that lead to the start of the run. */
  readonly start: readonly string[]
  readonly rules: Rules
  /** The first letter of the rule of the model that the mutant breaks. */
  readonly breaks: string
}

const outage: StreamBounds = { emits: 2, timeouts: 1, abandoned: 'dropped' }
const kept: StreamBounds = { emits: 2, losses: 1, kept: 1 }

const noTag: typeof store = {
  ...store,
  append: (slot, message, moment) => store.append(slot, message, { ...moment, tag: '00000000' }),
}

const noPrevious: typeof stream = {
  ...stream,
  linked: (state, message, link) => {
    const { last } = state
    const follows = last !== undefined && last.epoch === link.epoch && last.offset + 1 === link.offset
    return stream.linked(state, message, follows ? { ...link, previous: last.tag } : link)
  },
}

const noBump: typeof store = {
  ...store,
  append: (slot, message, moment) => store.append(slot, { ...message, known: EMPTY_POSITION }, moment),
  since: (slot, { known, ...query }, moment) => {
    const answer = store.since(slot, query, moment)
    return known ? { ...answer, ...(answer.lost && { start: answer.start ?? answer.position }) } : answer
  },
}

const noHigh: typeof store = {
  ...store,
  append: (slot, message, moment) => store.append(slot, { ...message, known: EMPTY_POSITION }, moment),
  since: (slot, query, moment) => store.since(slot, query.known ? { ...query, known: EMPTY_POSITION } : query, moment),
}

const noNumber: typeof store = { ...store, appendInOrder: store.append }

const sameAlone: typeof store = {
  ...store,
  appendInOrder: (slot, message, moment) => {
    const { numbers = [] } = slot.stream ?? {}
    const lower = ({ sender, number, seconds }: LastNumber): LastNumber =>
      sender === message.sender && number > message.number
        ? { sender, number: message.number - 1, seconds }
        : { sender, number, seconds }
    if (slot.stream) slot.stream.numbers = numbers.map(lower)
    return store.appendInOrder(slot, message, moment)
  },
}

const restartIgnored: typeof store = { ...store, restart: (slot) => ({ position: store.headOf(slot) }) }

const olderIgnored: typeof stream = {
  ...stream,
  linked: (state, message, link) => (isOlder(state.last, link) ? [] : stream.linked(state, message, link)),
  announced: (state, position) => (isOlder(state.last, position) ? [] : stream.announced(state, position)),
}

function isOlder(last: { readonly epoch: string } | undefined, { epoch }: Pick<LinkPosition, 'epoch'>): boolean {
  return last !== undefined && epoch < last.epoch
}

const countedWhenRefused: typeof stream = {
  ...stream,
  answered: (state, life, answer) => {
    const { reading } = state
    // The read counts as knowing all messages that are unkept now.
    if (reading) state.reading = { ...reading, unpersisted: state.unpersisted }
    return stream.answered(state, life, answer)
  },
}

const emptyNotEnded: typeof store = {
  ...store,
  restart: (slot, expected, moment) =>
    expected === '' ? { position: store.headOf(slot) } : store.restart(slot, expected, moment),
}

const ignorantBirth: typeof store = {
  ...store,
  since: (slot, query, moment) => {
    const { stream: stored } = slot
    const isOver = stored && typeof query.from !== 'number' && query.from.epoch < stored.epoch
    if (!isOver) return store.since(slot, query, moment)
    const start = { ...stored.start, epoch: stored.epoch }
    return { position: store.headOf(slot), entries: stored.entries, more: false, lost: 'epoch', start }
  },
}

const repliesMove: typeof stream = {
  ...stream,
  appended: (state, id, position) => {
    const effects = stream.appended(state, id, position)
    if (state.active && state.last) state.last = position
    return effects
  },
}

const delayForgotten: typeof stream = {
  ...stream,
  tick: (state) => stream.tick(Object.assign(state, { delayed: false })),
}

const recovery: StreamBounds = { emits: 1, timeouts: 1, recovers: 1 }

const unkeptForgotten: typeof log = {
  ...log,
  includes: (deliveries, { position }, span) => log.includes(deliveries, { position, unkept: undefined }, span),
}

/** All servers have shown an unkept message; one has read the position of the store, and then the other has ended the epoch. */
const UNKEPT_IN_BOTH =
  'emit m0@s0,emit m1@s1,timeout@s0,timeout@s1,tick@s1,execute read@s1,tick@s0,execute read@s0,reply read@s0,tick@s0,tick@s0,execute restart@s0,reply restart@s0'.split(
    ',',
  )
/** The store has lost a message after one server had got it, and no server has detected that. */
const ROLLED_BACK = 'emit m0@s0,emit m1@s0,emit m2@s0,snapshot,execute append@s0,link m0@s1,ROLLBACK'.split(',')

function mutant(title: string, breaks: string, rest: Partial<Omit<Mutant, 'rules'> & Rules>): Mutant {
  const { start = [], bounds = {}, ...rules } = rest
  return { title, breaks, start, bounds, rules: { stream, store, log, ...rules } }
}

/** One mutant for each rule of the machine and the store. */
export const MUTANTS: readonly Mutant[] = [
  mutant('positions have no tag', 'C', { store: noTag, bounds: { emits: 3, losses: 1 } }),
  mutant('the tag of the message before is not compared', 'C', {
    stream: noPrevious,
    bounds: { emits: 3, losses: 1, cuts: 1, kept: 1 },
    start: ROLLED_BACK,
  }),
  mutant('a store that has lost something goes on in its epoch', 'E', {
    store: noBump,
    bounds: { ...kept, cuts: 1 },
  }),
  mutant('the highest position that the store has given is not compared', 'E', {
    store: noHigh,
    bounds: { ...outage, ...kept, emits: 1 },
  }),
  mutant('the numbers of servers are not compared', 'B', { store: noNumber, bounds: { emits: 2, repeats: 1 } }),
  mutant('a message that is older than the last one of its server is kept', 'B', {
    store: sameAlone,
    bounds: { emits: 2, repeats: 1 },
  }),
  mutant('a restart does nothing', 'D', { store: restartIgnored, bounds: outage }),
  mutant('an older epoch is ignored', 'A', {
    stream: olderIgnored,
    bounds: { ...outage, ...kept, emits: 1, members: [true, false], unchecked: true },
  }),
  mutant('a read that began before an unkept message counts as after it', 'E', {
    stream: countedWhenRefused,
    bounds: { ...outage, emits: 3, timeouts: 3, kept: 1 },
    start: UNKEPT_IN_BOTH,
  }),
  mutant('unkept messages to a stream that does not exist end nothing', 'D', { store: emptyNotEnded, bounds: outage }),
  mutant('an epoch born after a loss counts as the continuation of nothing', 'B', {
    store: ignorantBirth,
    bounds: kept,
  }),
  mutant('another loss right after one is forgotten', 'A', {
    stream: delayForgotten,
    bounds: { emits: 2, losses: 2, kept: 1, unchecked: true },
  }),
  mutant('a recovery brings what was shown unkept', 'B', {
    log: unkeptForgotten,
    bounds: { ...recovery, members: [true, false], unkeptOnLink: true },
  }),
  mutant('the answer to an append moves the room', 'A', { stream: repliesMove, bounds: { emits: 1 } }),
]
