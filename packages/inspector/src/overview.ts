import { type ClusterStats, DURATION_BOUNDS_MS, type HubStats } from '@wshub/core'

/** The counts of all servers, as the page reads them. */
export interface Overview {
  /** The name of the hub. */
  readonly hub: string
  /** The id of the server that answers the page. */
  readonly server: string
  /** What else the page may show and do. */
  readonly features: { readonly data: boolean; readonly messages: boolean; readonly actions: boolean }
  /** True if a server is in `unanswered` or `outdated`, or could not be asked. Counts are missing then. */
  readonly partial: boolean
  /** The ids of servers that did not answer. */
  readonly unanswered: readonly string[]
  /** The ids of servers whose version does not count everything that this one counts. */
  readonly outdated: readonly string[]
  /** The upper bounds of the buckets of `handlers`, in milliseconds. */
  readonly bounds: readonly number[]
  /** The counts of each server. The first one is the server that answers the page. */
  readonly servers: readonly ServerStats[]
}

/** The counts of one server. Handlers are listed by type without their buckets. */
export interface ServerStats extends Omit<HubStats, 'handlers'> {
  readonly handlers?: object
}

/** The part of a hub that an overview reads. */
export interface OverviewSource {
  readonly name: string
  readonly servers: { readonly id: string }
  stats(options: { readonly cluster: true; readonly handlers: true; readonly timeout: number }): Promise<ClusterStats>
}

/** Milliseconds for which the counts are reused. */
const FRESH_MS = 1000
/** Milliseconds to wait for other servers. */
const STATS_TIMEOUT_MS = 1500

/** Reads the counts of all servers: once, however many pages ask at the same time. */
export class OverviewReader {
  readonly #hub: OverviewSource
  readonly #features: Overview['features']
  #last: { readonly at: number; readonly overview: Promise<Overview> } | undefined

  constructor(hub: OverviewSource, features: Overview['features']) {
    this.#hub = hub
    this.#features = features
  }

  /** The counts, at most a second old. Never rejects. */
  get current(): Promise<Overview> {
    const now = performance.now()
    if (!this.#last || now - this.#last.at >= FRESH_MS) this.#last = { at: now, overview: this.#read() }
    return this.#last.overview
  }

  async #read(): Promise<Overview> {
    const {
      name,
      servers: { id },
    } = this.#hub
    const stats = await this.#hub.stats({ cluster: true, handlers: true, timeout: STATS_TIMEOUT_MS })
    const { partial, unanswered, outdated, servers } = stats
    return {
      hub: name,
      server: id,
      features: this.#features,
      bounds: DURATION_BOUNDS_MS,
      partial,
      unanswered,
      outdated,
      servers: servers.map(withoutTypeBuckets),
    }
  }
}

function withoutTypeBuckets({ handlers, ...stats }: HubStats): ServerStats {
  if (!handlers) return stats
  const types = Object.entries(handlers.types).map(([type, { count, p50, p99 }]) => [type, { count, p50, p99 }])
  return { ...stats, handlers: { ...handlers, types: Object.fromEntries(types) as object } }
}
