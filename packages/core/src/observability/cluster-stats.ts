import type { ClusterReplies } from '../cluster/cluster-requests.js'
import type { BrokerStats } from './broker-monitor.js'
import { addDurations, type Durations, durationsOf } from './durations.js'
import { type HandlerTimes, handlerTimes } from './message-meter.js'
import type { ClusterStats, HubStats, StatsOptions } from './stats.js'

const DEFAULT_STATS_TIMEOUT_MS = 1000

/** Asks the other servers. */
export interface StatsRequests {
  reports(about: ReportQuery, timeout: number): Promise<Pick<ClusterReplies, 'payloads' | 'unanswered' | 'complete'>>
}

/** What another server is asked for in addition to its counts. */
export interface ReportQuery {
  /** Whether it measures its handlers. */
  readonly handlers: boolean
}

/** The counts of another server, and whether its version lacks some of them. */
interface Answer {
  readonly stats: HubStats
  readonly isOutdated: boolean
}

/** The counts of all servers and their sums. Never rejects. */
export async function clusterStats(
  requests: StatsRequests,
  here: HubStats,
  { handlers = false, timeout = DEFAULT_STATS_TIMEOUT_MS }: StatsOptions = {},
): Promise<ClusterStats> {
  const { payloads, unanswered, complete } = await requests.reports({ handlers }, timeout)
  const answers = payloads.flatMap((one) => readStats(one, here) ?? [])
  const outdated = answers.filter(({ isOutdated }) => isOutdated).map(({ stats }) => stats.server)
  const servers = [here, ...answers.map(({ stats }) => stats)]
  const sums = servers.reduce((sum, one) => ({ ...sum, ...total(sum, one) }))
  const times = servers.flatMap((one) => one.handlers ?? [])
  return {
    ...sums,
    ...(times.length > 0 && { handlers: sumOfTimes(times) }),
    partial: !complete || outdated.length > 0,
    unanswered,
    outdated,
    servers,
  }
}

/** Reads the counts of another server, which may run another version. Only those that this version knows too are kept. */
function readStats(value: unknown, here: HubStats): Answer | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const said = value as Partial<Record<string, unknown>>
  const counts = countsOf(here).map((key) => [key, typeof here[key] === 'number' ? count(said[key]) : table(said[key])])
  const fixed = (key: FixedTable): unknown[] => {
    const read = table(said[key])
    return [key, Object.fromEntries(Object.keys(here[key]).map((word) => [word, countIn(read, word)]))]
  }
  const broker = statusOf(said.broker)
  const handlers = timesOf(said.handlers)
  const stats = {
    ...Object.fromEntries([...counts, ...FIXED_TABLES.map(fixed)]),
    ...serverNameOf(said, here),
    ...(broker && { broker }),
    ...(handlers && { handlers }),
  } as HubStats
  return { stats, isOutdated: countsOf(here).some((key) => said[key] === undefined) }
}

function serverNameOf(said: Partial<Record<string, unknown>>, { name }: HubStats): Pick<HubStats, ServerName> {
  return {
    name,
    server: nameIn(said.server),
    host: nameIn(said.host),
    pid: count(said.pid),
    startedAt: count(said.startedAt),
  }
}

function nameIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function statusOf(value: unknown): BrokerStats | undefined {
  const { state, since, restored } = (value ?? {}) as Partial<BrokerStats>
  const isState = state === 'connecting' || state === 'connected' || state === 'down'
  return isState && typeof since === 'number' ? { state, since, restored: count(restored) } : undefined
}

function timesOf(value: unknown): HandlerTimes | undefined {
  const { types } = (value ?? {}) as Partial<HandlerTimes>
  if (typeof types !== 'object' || types === null) return undefined
  return handlerTimes(Object.fromEntries(Object.entries(types).map(([type, one]) => [type, readDurations(one)])))
}

function readDurations(value: unknown): Durations {
  const { buckets, total: all } = (value ?? {}) as Partial<Durations>
  return durationsOf(Array.isArray(buckets) ? buckets.map(count) : [], count(all))
}

function sumOfTimes(all: readonly HandlerTimes[]): HandlerTimes {
  const types = new Set(all.flatMap((one) => Object.keys(one.types)))
  const sum = (type: string): Durations => addDurations(all.flatMap((one) => one.types[type] ?? []))
  return handlerTimes(Object.fromEntries(Array.from(types, (type) => [type, sum(type)])))
}

type Table = Readonly<Record<string, number>>
/** The properties that identify a server. */
type ServerName = 'name' | 'server' | 'host' | 'pid' | 'startedAt'
type Count = Exclude<keyof HubStats, ServerName | 'broker' | 'handlers'>
/** Tables with a fixed set of keys. */
type FixedTable = 'memory' | 'traffic' | 'pressure'

const FIXED_TABLES: readonly FixedTable[] = ['memory', 'traffic', 'pressure']
const NO_COUNTS: ReadonlySet<string> = new Set(['name', 'server', 'host', 'pid', 'startedAt', 'broker', 'handlers'])

function countsOf(stats: HubStats): Count[] {
  return Object.keys(stats).filter((key) => !NO_COUNTS.has(key)) as Count[]
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function table(value: unknown): Table {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([word, found]) => [word, count(found)]))
}

function total(sum: HubStats, one: HubStats): Partial<HubStats> {
  return Object.fromEntries(countsOf(sum).map((key) => [key, sumOf(sum[key], one[key])]))
}

function sumOf(sum: number | object, one: number | object): number | Table {
  if (typeof sum === 'number') return sum + count(one)
  const [left, right] = [table(sum), table(one)]
  const words = new Set([...Object.keys(left), ...Object.keys(right)])
  return Object.fromEntries(Array.from(words, (word) => [word, countIn(left, word) + countIn(right, word)]))
}

function countIn(counts: Table, word: string): number {
  return Object.hasOwn(counts, word) ? count(counts[word]) : 0
}
