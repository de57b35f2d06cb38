import { type Findings, judge } from '../faults/nemesis/judge.js'
import type { Emission, Happening, StoredEntry, Timeline } from '../faults/nemesis/timeline.js'
import { MESSAGE_ID } from '../faults/nemesis/timeline.js'
import type { Appends } from './appends.js'
import { ROOMS } from './schedule.js'
import type { SimulatedStore } from './store.js'

/** The record of a run. */
export interface Run {
  readonly timelines: readonly Timeline[]
  readonly emissions: readonly Emission[]
  readonly appends: Appends
  readonly store: SimulatedStore
  /** The servers that were killed, and when, on the clock of `performance.now()`. */
  readonly killed: ReadonlyMap<number, number>
}

/** The problems of the histories, apart from the limits in docs/reliability.md. */
export function problemsOf(run: Run): { readonly problems: readonly string[]; readonly findings: Findings } {
  const { timelines, emissions, appends, killed } = run
  const stored = new Map(ROOMS.map((room) => [room, entriesOf(run.store, room)]))
  const kept = new Set([...stored.values()].flat().map(({ id }) => id))
  const owed = emissions.filter(
    (emission) => kept.has(emission.id) || (!appends.has(emission.id) && isOwed(emission, run)),
  )
  const findings = judge({ timelines, emissions: owed, stored, killed })
  const { lost, falseRecovered, duplicates, disorder } = findings
  // The store may have kept a message that a killed server showed as unkept, without the answer arriving.
  const ofLiving = (text: string): boolean =>
    ![...killed.keys()].some((at) => text.includes(`#${at}.`) || text.endsWith(` of server ${at}`))
  const problems = [
    ...lost.map((text) => `lost: ${text}`),
    ...falseRecovered.map((text) => `false: ${text}`),
    ...duplicates.filter((text) => ofLiving(text) && !isAfterMove(text, run)).map((text) => `twice: ${text}`),
    ...disorder.filter(ofLiving).map((text) => `order: ${text}`),
    ...appends.problems(run, kept),
  ]
  return { problems, findings }
}

function entriesOf(store: SimulatedStore, room: string): StoredEntry[] {
  const topic = store.topics.find((one) => one.endsWith(`/${room}`)) ?? ''
  return store.entries(topic).map(({ bytes, ...entry }) => ({
    ...entry,
    id: Buffer.from(bytes).toString('latin1').match(MESSAGE_ID)?.[0] ?? '',
  }))
}

/** Whether the loss of a message must be reported: a living server knows the clients that got it. */
function isOwed({ id, server }: Emission, { timelines, killed }: Run): boolean {
  const seen = timelines.flatMap((timeline) =>
    timeline.happenings.flatMap((one) =>
      one.kind === 'message' && one.id === id
        ? { isKept: one.position !== undefined, server: serverOf(timeline, one) }
        : [],
    ),
  )
  const bySurvivors = seen.filter((one) => one.server === undefined || !killed.has(one.server))
  // Limit L2: a killed server has shown it without the store.
  if (killed.has(server)) return bySurvivors.some(({ isKept }) => isKept)
  // Limit L1: only members of a killed server have seen it.
  return seen.length === 0 || bySurvivors.length > 0

  /** The killed server on which it happened before the kill; `undefined` if it happened on a living server. */
  function serverOf({ name }: Timeline, { at }: Happening): number | undefined {
    const first = firstServerOf(name)
    return at < (killed.get(first) ?? 0) ? first : undefined
  }
}

/** Limit L5: a client got a message without its position on one server, and with its position on another one. */
function isAfterMove(text: string, { timelines, killed }: Run): boolean {
  const [, name = '', room = '', id = ''] = /^(\S+) in (\S+) got (\S+) twice$/.exec(text) ?? []
  if (!killed.has(firstServerOf(name))) return false
  const { happenings = [] } = timelines.find((one) => one.name === name && one.room === room) ?? {}
  const [first, second] = happenings.filter((one) => one.kind === 'message').filter((one) => one.id === id)
  const isOnceUnkept = (first?.position === undefined) !== (second?.position === undefined)
  return isOnceUnkept && first?.connection !== second?.connection
}

/** Clients are named after the server that they are on until it is killed. */
function firstServerOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0])
}
