import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import { AudienceRequests } from '../cluster/audience-requests.js'
import type { ClusterBus } from '../cluster/cluster-bus.js'
import { ClusterRequests } from '../cluster/cluster-requests.js'
import { ConnectionPages } from '../cluster/connection-pages.js'
import { ServerQueries } from '../cluster/server-queries.js'
import { Servers } from '../cluster/servers.js'
import type { Counters } from '../observability/counters.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import type { StatsReporter } from '../observability/stats-reporter.js'
import type { PresenceTracker } from '../presence/presence-tracker.js'
import type { Connection } from './connection.js'
import type { HubTypes } from './hub-types.js'

/** The parts of a hub that exchange requests and messages with other servers. */
export interface ClusterParts<Types extends HubTypes> {
  readonly clusterRequests: ClusterRequests
  readonly requests: AudienceRequests<Connection<Types>>
  readonly pages: ConnectionPages<Connection<Types>>
  readonly servers: Servers
  readonly queries: ServerQueries
}

/** The parts of a hub from which those are made. */
export interface ClusterSources<Types extends HubTypes> {
  readonly name: string
  readonly bus: ClusterBus
  readonly registry: ConnectionRegistry<Connection<Types>>
  readonly presence: PresenceTracker<Connection<Types>>
  readonly errors: ErrorReporter<Connection<Types>>
  readonly counters: Counters
  readonly stats: StatsReporter
}

/** Makes the parts that exchange requests and messages with other servers. */
export function newClusterParts<Types extends HubTypes>(sources: ClusterSources<Types>): ClusterParts<Types> {
  const { bus, registry, presence, errors, counters, stats } = sources
  const others = (): ReturnType<typeof presence.otherServers> => presence.otherServers()
  const clusterRequests = new ClusterRequests(bus)
  const discarded = (): void => void (counters.discarded += 1)
  const pages = new ConnectionPages({ ...sources, clusterRequests, others, discarded })
  const queries = new ServerQueries({ bus, clusterRequests, others })
  const answers = {
    report: (about: unknown): unknown => stats.answer(about),
    list: (about: unknown): unknown => pages.answer(about),
    query: (kind: unknown, about: unknown): unknown => queries.local(kind, about),
  }
  const requests = new AudienceRequests({ registry, bus, clusterRequests, others, answers })
  return { clusterRequests, requests, pages, servers: new Servers(bus, errors), queries }
}
