import type { MemoryUse } from '../admission/memory-budget.js'
import type { PressureStats } from './back-pressure.js'
import type { BrokerStats } from './broker-monitor.js'
import type { Breakdown, Counters } from './counters.js'
import type { HandlerTimes } from './message-meter.js'
import type { Traffic } from './traffic.js'

/** The state and the counts of a hub on this server. Counts begin at 0 when the hub is created, and never decrease. */
export interface HubStats extends Readonly<Counters>, Breakdown {
  readonly name: string
  /** The id of the server, as in `hub.servers.id`. */
  readonly server: string
  /** The host name of its machine. */
  readonly host: string
  /** The id of its process. */
  readonly pid: number
  /** When the hub was made, in milliseconds since 1970. */
  readonly startedAt: number
  /** Open connections. */
  readonly connections: number
  /** Different users among them. */
  readonly users: number
  readonly rooms: number
  /** Streamed replies now: in progress, or ended while their iterator has not settled. */
  readonly streams: number
  /** Messages and their bytes, in both directions. */
  readonly traffic: Readonly<Traffic>
  /**
   * Messages that handlers got, by type: each type that has arrived and that the router handles, `hub:other` for all other
   * types, and `hub:raw` for frames that are no typed messages.
   */
  readonly types: Readonly<Record<string, number>>
  /**
   * How long handlers took. `stats({ handlers: true })` starts the measurement, which ends two minutes after the last
   * such call. Absent if nothing is measured.
   */
  readonly handlers?: HandlerTimes
  /** The number of connections on which one side is slower than the other, now. */
  readonly pressure: PressureStats
  /**
   * Bytes that the hub holds for its connections: the `limit`, what is `used` of it, and for what (`queued`, `handling`,
   * `sending`, `receiving`, `headers`, `rooms`). `early` is what clients have sent before their handshakes were answered,
   * for the whole process.
   */
  readonly memory: Readonly<Record<'limit' | 'used' | 'early' | keyof MemoryUse, number>>
  /**
   * WebSocket handshakes of the whole process, the same in every hub: by HTTP status of the answer (`101` among them),
   * `lost` if the client disconnected first, `cut` if no answer was possible.
   */
  readonly handshakes: Readonly<Record<string, number>>
  /** Whether the broker is connected, and since when; absent if the broker does not report it. */
  readonly broker?: BrokerStats
}

/** The counts of a hub on all servers together. A user or a room on two servers counts twice. */
export interface ClusterStats extends HubStats {
  /** True if a server is in `unanswered` or `outdated`, or could not be asked: the sums are too small then. */
  readonly partial: boolean
  /** The ids of living servers that have not answered; always empty if the broker has no `presence`. */
  readonly unanswered: readonly string[]
  /** The ids of servers whose version does not count everything that this one counts. */
  readonly outdated: readonly string[]
  /** Each server by itself, this one first. */
  readonly servers: readonly HubStats[]
}

/** Options of `stats`. */
export interface StatsOptions {
  /** Whether handlers are measured from now on, until two minutes after the last such call. @default false */
  readonly handlers?: boolean | undefined
  /** Milliseconds to wait for the other servers; default 1,000. */
  readonly timeout?: number | undefined
}
