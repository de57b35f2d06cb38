import { Random } from '../support/random.js'
import { PRESENCE_ROOMS, USERS } from './room-clients.js'

export const SERVERS = 3
export const ROOMS = ['log0', 'log1', 'log2']

/** An event of a schedule, at a virtual time in milliseconds. */
export interface Action {
  readonly at: number
  readonly do:
    | 'emit'
    | 'hang'
    | 'resume'
    | 'save'
    | 'rollback'
    | 'flush'
    | 'cut'
    | 'mend'
    | 'stall'
    | 'starve'
    | 'leave'
    | 'return'
    | 'kill'
    | 'come'
    | 'go'
    | 'read'
  readonly server?: number
  readonly room?: string
  readonly user?: string
  readonly ms?: number
}

/** A run that can be repeated: the same seed and actions give the same run. */
export interface Schedule {
  readonly seed: number
  readonly actions: readonly Action[]
}

const LENGTH_MS = 2500

type Fault = (random: Random, at: number) => Action[]

const server = (random: Random): number => random.below(SERVERS)

const FAULTS: Readonly<Record<string, Fault>> = {
  hang: (random, at) => [
    { at, do: 'hang' },
    { at: at + 150 + random.below(1400), do: 'resume' },
  ],
  cut: (random, at) => {
    const which = server(random)
    return [
      { at, do: 'cut', server: which },
      { at: at + 20 + random.below(600), do: 'mend', server: which },
    ]
  },
  stall: (random, at) => [{ at, do: 'stall', server: server(random), ms: 100 + random.below(1200) }],
  starve: (random, at) => [{ at, do: 'starve', server: server(random), ms: 300 + random.below(1500) }],
  rollback: (random, at) => [
    { at: Math.max(0, at - random.below(1000)), do: 'save' },
    { at, do: 'rollback' },
  ],
  flush: (_, at) => [{ at, do: 'flush' }],
  away: (random, at) => {
    const which = server(random)
    return [
      { at, do: 'leave', server: which },
      { at: at + 50 + random.below(900), do: 'return', server: which },
    ]
  },
}

/** Makes a schedule of emits and up to five faults. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed)
  const actions: Action[] = []
  const emits = 20 + random.below(60)
  for (let n = 0; n < emits; n += 1) {
    actions.push({ at: random.below(LENGTH_MS), do: 'emit', server: server(random), room: random.of(ROOMS) })
  }
  actions.push(...visits(random))
  const names = Object.keys(FAULTS)
  if (random.chance(0.25)) actions.push({ at: 500 + random.below(1500), do: 'kill', server: server(random) })
  const faults = 1 + random.below(5)
  for (let n = 0; n < faults; n += 1) {
    const fault = FAULTS[random.of(names)]
    if (fault) actions.push(...fault(random, random.below(LENGTH_MS)))
  }
  return { seed, actions: actions.toSorted((one, other) => one.at - other.at) }
}

/** Actions in which members join and leave rooms with presence, and apps ask for lists. */
function visits(random: Random): Action[] {
  const moves = 10 + random.below(30)
  return Array.from({ length: moves }, () => {
    const what = random.of(['come', 'come', 'go', 'read'] as const)
    const where = { at: random.below(LENGTH_MS), server: server(random), room: random.of(PRESENCE_ROOMS) }
    return { ...where, do: what, user: random.of(USERS) }
  })
}

/** Removes actions as long as the schedule still fails. */
export async function shrink(schedule: Schedule, fails: (smaller: Schedule) => Promise<boolean>): Promise<Schedule> {
  let best = schedule
  for (let size = Math.ceil(best.actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best.actions.length;) {
      const smaller = { ...best, actions: best.actions.toSpliced(from, size) }
      if (await fails(smaller)) best = smaller
      else from += size
    }
  }
  return best
}
