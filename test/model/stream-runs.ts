import { exhaust, type ModelRun, wander } from './run.js'
import { streamModel } from './stream-model.js'
import type { StreamBounds } from './stream-bounds.js'

const all = (title: string, bounds: StreamBounds, start?: readonly string[]): ModelRun =>
  exhaust(title, streamModel(bounds), start)

/** Runs that visit every state within seconds. */
export const QUICK_STREAM_RUNS: readonly ModelRun[] = [
  all('three messages, no fault', { emits: 3 }),
  all('two messages, the store does not answer once', { emits: 2, timeouts: 1 }),
  all('two messages, the store is rolled back once', { emits: 2, losses: 1 }),
  all('the store loses everything once', { emits: 2, losses: 1, flush: true }),
  all('a sender without members, a loss', { emits: 2, losses: 1, flush: true, kept: 1, members: [true, false] }),
  all('a message, a rollback and no answer', { emits: 1, losses: 1, timeouts: 1, kept: 1 }),
  all('two messages, one is sent again', { emits: 2, repeats: 1 }),
  all('two messages, one is sent again, no answer once', { emits: 2, repeats: 1, timeouts: 1 }),
  all('two messages, one is sent again after a rollback', { emits: 2, repeats: 1, losses: 1 }),
  all('two messages, a server is killed', { emits: 2, kills: 1 }),
  all('two messages, a link is cut', { emits: 2, cuts: 1 }),
  all('members leave, and the store is rolled back', { emits: 2, leaves: 1, losses: 1, kept: 1 }),
  all('a window and a page of one message, a rollback', { emits: 2, losses: 1, window: 1, page: 1, kept: 2 }),
  all('a client joins and recovers, no answer once', {
    emits: 1,
    timeouts: 1,
    recovers: 1,
    leaves: 1,
    members: [false],
    unordered: true,
  }),
  all('a client joins and recovers, another server gets no answer once', {
    emits: 1,
    timeouts: 1,
    recovers: 1,
    unkeptOnLink: true,
    members: [true, false],
  }),
  all('a forged message', { emits: 2, forged: 1 }),
  all('something is sent directly between two messages, no answer once', { emits: 1, timeouts: 1, tasks: 1 }),
  all('nobody checks after a rollback', { emits: 2, losses: 1, kept: 1, unchecked: true }),
  all('a room that fails what is not kept', { emits: 2, timeouts: 1, unkept: 'fail' }),
]

const walks: readonly StreamBounds[] = [
  { emits: 4, timeouts: 2, losses: 2, cuts: 1, checks: 1, kept: 1 },
  { emits: 4, timeouts: 3, hang: true, losses: 2, flush: true, kept: 2, cuts: 1 },
  { emits: 4, timeouts: 2, abandoned: 'dropped', losses: 1, members: [true, true, false] },
  {
    emits: 3,
    timeouts: 2,
    losses: 1,
    kills: 1,
    cuts: 1,
    leaves: 2,
    checks: 1,
    tasks: 1,
    forged: 1,
    flush: true,
    unkeptOnLink: true,
    window: 2,
    page: 1,
  },
  { emits: 4, repeats: 2, timeouts: 2, losses: 1, cuts: 1, kills: 1, leaves: 1, flush: true },
  { emits: 3, timeouts: 3, losses: 1, cuts: 1, leaves: 2, recovers: 3, unkeptOnLink: true, members: [false, true] },
]

/** Random schedules of many faults at once. */
export function streamWalks(seed: number): readonly ModelRun[] {
  return walks.map((bounds) => wander(JSON.stringify(bounds), streamModel(bounds), seed))
}

/** The store hung, each server has shown a message meanwhile, and the store has kept both messages later. */
const HUNG = ['emit m0@s0', 'emit m1@s1', 'HANG', 'execute append late@s0', 'execute append late@s1']
const ROLLED_BACK = 'emit m0@s0,snapshot,execute append@s0,reply append@s0,link m0@s0,link m0@s1,ROLLBACK'.split(',')

/** Runs that take minutes. */
export const LONG_STREAM_RUNS: readonly ModelRun[] = [
  all('two rollbacks, two messages', { emits: 2, losses: 2 }),
  all('a rollback, three messages', { emits: 3, losses: 1 }),
  all('FLUSHALL or rollback, two messages', { emits: 2, losses: 2, flush: true }),
  all('a sender without members, a rollback, three messages', { emits: 3, losses: 1, members: [true, false] }),
  all('three messages, two are sent again', { emits: 3, repeats: 2 }),
  all('no answer once, three messages', { emits: 3, timeouts: 1 }),
  all('a rollback and no answer, two messages', { emits: 2, losses: 1, timeouts: 1 }),
  all('a rollback and a kill, two messages', { emits: 2, losses: 1, kills: 1 }),
  all('a rollback and a cut link, two messages', { emits: 2, losses: 1, cuts: 1, kept: 1 }),
  all('a client recovers twice, two messages, no answer once', {
    emits: 2,
    timeouts: 1,
    recovers: 2,
    leaves: 1,
    members: [false, true],
    unkeptOnLink: true,
  }),
  all('a client recovers, a rollback and no answer', {
    emits: 2,
    timeouts: 1,
    losses: 1,
    recovers: 1,
    unkeptOnLink: true,
    kept: 1,
    members: [true],
  }),
  all('after a hang', { emits: 3, timeouts: 1, hang: true, kept: 1 }, HUNG),
  all('after a rollback that nobody has noticed', { emits: 3, losses: 1, cuts: 1 }, ROLLED_BACK),
]
