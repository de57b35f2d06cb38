import type { BrokerStatus } from '../cluster/broker.js'
import type { ClusterReplies } from '../cluster/cluster-requests.js'
import type { Breakdown, Counters } from './counters.js'
import type { MemoryUse } from '../admission/memory-budget.js'

/** What a hub looks like now, on this server. */
export interface HubStats extends Readonly<Counters>, Breakdown {
  readonly name: string
  /** Open connections. */
  readonly connections: number
  /** Different users among them. */
  readonly users: number
  readonly rooms: number
  /**
   * Bytes that the hub holds for its connections: the `limit`, what is `used` of it, and for what (`queued`, `handling`,
   * `sending`, `receiving`, `headers`, `rooms`). `early` is what clients have sent before their handshakes are answered,
   * for the whole process.
   */
  readonly memory: Readonly<Record<'limit' | 'used' | 'early' | keyof MemoryUse, number>>
  /**
   * WebSocket handshakes of the whole process, the same in every hub: by HTTP status of the answer (`101` among them),
   * `lost` if the client disconnected first, `cut` if no answer was possible.
   */
  readonly handshakes: Readonly<Record<string, number>>
  /** Whether the broker is connected, and since when; absent if the broker does not report it. */
  readonly broker?: BrokerStatus
}

/** What a hub looks like on all servers together. A person or a room that is on two of them counts twice. */
export interface ClusterStats extends HubStats {
  /** True if a server could not be asked or has not answered in time: the sums are too small then. */
  readonly partial: boolean
  /** The ids of servers that live and have not answered; always empty if the broker knows no presence. */
  readonly unanswered: readonly string[]
  /** Each server by itself, this one first. */
  readonly servers: readonly HubStats[]
}

/** How to ask for the counts of all servers. */
export interface StatsOptions {
  /** Milliseconds to wait for the other servers; default 1,000. */
  readonly timeout?: number | undefined
}

const DEFAULT_STATS_TIMEOUT_MS = 1000

/** The counts of all servers and their sums. Never rejects. */
export async function clusterStats(
  requests: { reports(timeout: number): Promise<Pick<ClusterReplies, 'payloads' | 'unanswered' | 'complete'>> },
  here: HubStats,
  timeout: number = DEFAULT_STATS_TIMEOUT_MS,
): Promise<ClusterStats> {
  const { payloads, unanswered, complete } = await requests.reports(timeout)
  const servers = [here, ...payloads.flatMap((one) => readStats(one, here) ?? [])]
  const sums = servers.reduce((sum, one) => ({ ...sum, ...total(sum, one) }))
  return { ...sums, partial: !complete, unanswered, servers }
}

/** What another server said, which may run another version: only what this one counts too. */
function readStats(value: unknown, here: HubStats): HubStats | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const said = value as Partial<Record<string, unknown>>
  const counts = countsOf(here).map((key) => [key, typeof here[key] === 'number' ? count(said[key]) : table(said[key])])
  const memory = table(said.memory)
  const bytes = Object.keys(here.memory).map((key) => [key, countIn(memory, key)])
  const { broker: _, ...own } = here
  const broker = statusOf(said.broker)
  const read = Object.fromEntries([...counts, ['memory', Object.fromEntries(bytes)]]) as Partial<HubStats>
  return { ...own, ...read, ...(broker && { broker }) }
}

function statusOf(value: unknown): BrokerStatus | undefined {
  const { state, since } = (value ?? {}) as Partial<BrokerStatus>
  const isState = state === 'connecting' || state === 'connected' || state === 'down'
  return isState && typeof since === 'number' ? { state, since } : undefined
}

type Table = Readonly<Record<string, number>>
type Count = Exclude<keyof HubStats, 'name' | 'broker'>

function countsOf(stats: HubStats): Count[] {
  return Object.keys(stats).filter((key) => key !== 'name' && key !== 'broker') as Count[]
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

function sumOf(sum: number | Table, one: number | Table): number | Table {
  if (typeof sum === 'number' || typeof one === 'number') return count(sum) + count(one)
  const words = new Set([...Object.keys(sum), ...Object.keys(one)])
  return Object.fromEntries(Array.from(words, (word) => [word, countIn(sum, word) + countIn(one, word)]))
}

function countIn(counts: Table, word: string): number {
  return Object.hasOwn(counts, word) ? count(counts[word]) : 0
}
