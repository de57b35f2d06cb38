import { until } from '../../support/wait.js'
import { underLoad } from './durations.js'
import { type Evidence, type Findings, judge } from './judge.js'
import type { Library } from './libraries.js'
import { SingleStore, type Store } from './stores.js'
import { CHECK, OPTIONS, ROOMS, World } from './world.js'

/** Within this time after its last unkept message a server ends the epoch, and the others report it. */
const REPORTED_WITHIN_MS = 3000

/** A fault, and what a run with it may show. */
export interface Fault {
  /** What happens, as part of a title. */
  readonly name: string
  readonly options?: typeof OPTIONS
  readonly store?: () => Promise<Store>
  /** Outages that a room has, unless the fault counts them in `world.outages`. @default 1 */
  readonly outages?: number
  /** The share of the kept messages that every client gets. @default 0 */
  readonly arrives?: number
  /** Causes the fault, and sets in `world.signs` the signs that it happened. Messages are emitted meanwhile. */
  strike(world: World): Promise<void>
  /** Further signs, which depend on what clients saw. */
  signs?(findings: Findings, world: World): Record<string, boolean | number>
}

/** The outcome of a run. */
export interface Verdict extends Findings {
  /** Rooms in which the clients of a server do not receive messages that a server emits after the fault. */
  readonly deaf: readonly string[]
  /** Rooms in which clients do not receive messages that their own server sends beside the history. */
  readonly stuck: readonly string[]
  /** Servers whose list of users differs from the connected users, two leases after the fault. */
  readonly presence: readonly string[]
  readonly signs: Readonly<Record<string, boolean | number>>
  readonly emitted: number
  /** Outages that a room had; it bounds the gaps that a client gets. */
  readonly outages: number
}

export interface Run {
  readonly fault: Fault
  readonly library: Library
  readonly seed: number
  readonly harmless?: boolean
}

/** Causes a fault while the servers emit, and judges the outcome. */
export async function run({ fault, library, seed, harmless = false }: Run): Promise<Verdict> {
  const store = await (fault.store ?? (() => SingleStore.start()))()
  const world = new World({ store, library, seed, options: fault.options ?? OPTIONS, harmless })
  try {
    await world.open()
    world.talk()
    await until(() => world.emissions.length > 40)
    await fault.strike(world)
    return await verdictOf(world, fault)
  } finally {
    await world.close()
  }
}

async function verdictOf(world: World, fault: Fault): Promise<Verdict> {
  const ended = performance.now()
  // Half of the runs recover without preparation, the others after every client had time.
  if (world.random.chance(0.5)) await underLoad(world.timeout)
  await world.comeBack()
  await newcomers(world)
  await underLoad(100)
  await world.quiet()
  const deaf = await probe(world, ended + CHECK + world.timeout)
  const stuck = await world.stuck()
  const presence = await world.falsePresence(performance.now() + 2 * world.lease)
  const stored = new Map(
    await Promise.all(ROOMS.map(async (room) => [room, (await world.reader.stream(room)).entries] as const)),
  )
  const findings = await findingsOf(world, stored)
  const signs = { ...world.signs, ...fault.signs?.(findings, world) }
  const { outages = fault.outages ?? 1 } = world
  return { ...findings, deaf, stuck, presence, signs, outages, emitted: world.emissions.length }
}

/** The findings once all losses are reported, or when the time for reports is over. */
async function findingsOf(world: World, stored: Evidence['stored']): Promise<Findings> {
  const { emissions, killed } = world
  const find = (): Findings => {
    const timelines = world.clients.flatMap((client) => client.timelines)
    return judge({ timelines, emissions, stored, killed })
  }
  await until(() => find().lost.length === 0, REPORTED_WITHIN_MS).catch(() => {})
  return find()
}

/** Adds clients after the fault, also to rooms in which their server had no member. */
async function newcomers(world: World): Promise<void> {
  const living = [...world.servers.keys()].filter((server) => !world.killed.has(server))
  await Promise.all(living.map((server) => world.join(server, `new${server}`, ROOMS)))
}

/** Emits from every server into every room until two successive rounds arrive everywhere, or the deadline passes. */
async function probe(world: World, deadline: number): Promise<string[]> {
  let heard = 0
  while (heard < 2) {
    const round = await world.emitEverywhere()
    const late = Math.min(performance.now() + 500, Math.max(deadline, performance.now()) + world.timeout)
    await until(() => world.unheard(round).length === 0 || performance.now() > late, 10_000)
    const unheard = world.unheard(round)
    heard = unheard.length === 0 ? heard + 1 : 0
    if (unheard.length > 0 && performance.now() > deadline) return [...new Set(unheard)]
  }
  return []
}
