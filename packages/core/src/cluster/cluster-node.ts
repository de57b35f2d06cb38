import type { Revocations } from '../admission/revocations.js'
import type { Broadcaster } from '../broadcast/broadcaster.js'
import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import type { Streams } from '../history/streams.js'
import type { BrokerMonitor } from '../observability/broker-monitor.js'
import type { Counters } from '../observability/counters.js'
import type { PresenceTracker, TrackedConnection } from '../presence/presence-tracker.js'
import type { Address, Command } from '../rooms/address.js'
import { after, type Deadline } from '../util/timers.js'
import type { AudienceRequests } from './audience-requests.js'
import type { LinkPosition, Position, PresenceEvent } from './broker.js'
import type { ClusterBus, ClusterListener } from './cluster-bus.js'
import type { ClusterMessage } from './cluster-message.js'
import type { ClusterRequests } from './cluster-requests.js'
import type { OutageReporter } from './outage-reporter.js'
import type { Servers } from './servers.js'

/** Milliseconds after which every message that another server has sent counts as arrived. */
const IN_FLIGHT_MS = 1000

/** The parts of a hub that handle messages of other servers. */
export interface ClusterNodeParts<Connection extends TrackedConnection> {
  readonly bus: ClusterBus
  readonly broadcaster: Broadcaster<Connection>
  readonly requests: AudienceRequests<Connection>
  readonly clusterRequests: ClusterRequests
  readonly servers: Servers
  readonly streams: Streams
  readonly presence: PresenceTracker<Connection>
  readonly registry: ConnectionRegistry<Connection>
  readonly revocations: Revocations
  readonly outages: OutageReporter
  readonly monitor: BrokerMonitor
  readonly counters: Counters
}

/** This server as one of a cluster: passes messages of the other servers to the parts of the hub. */
export class ClusterNode<Connection extends TrackedConnection> implements ClusterListener {
  readonly #parts: ClusterNodeParts<Connection>
  readonly #removals = new Set<Deadline>()

  constructor(parts: ClusterNodeParts<Connection>) {
    this.#parts = parts
  }

  receive({ id, address, frame, event, ...message }: ClusterMessage): void {
    const { broadcaster, requests, clusterRequests, servers, streams, bus } = this.#parts
    if (message.command) broadcaster.execute(address, message.command)
    else if (message.question) void requests.answer(message.question, address, bus.seen(id))
    else if (message.answer) clusterRequests.settle(message.answer)
    else if (message.notice) servers.receive(message.notice)
    else if (event) streams.received({ id, address, event })
    else if (frame && !broadcaster.deliverReceived(address, frame, message.volatile)) this.discarded()
  }

  removed(address: Address, command: Command, isDone: () => boolean): void {
    const { broadcaster, revocations, registry } = this.#parts
    if (command.do === 'disconnect') revocations.add(address, command.code)
    broadcaster.endJoins(address, command)
    const connections = [...registry.select(address)]
    if (connections.length === 0) return
    // Not at once: on the connections' own topics, the command arrives after everything that was sent to them before.
    const deadline = after(IN_FLIGHT_MS, () => {
      this.#removals.delete(deadline)
      if (!isDone()) broadcaster.executeFor(connections, command)
    })
    this.#removals.add(deadline)
  }

  historyMessage(room: string, link: LinkPosition, message: ClusterMessage | undefined): void {
    this.#parts.streams.linked(room, link, message)
  }

  historyRestarted(room: string, position: Position): void {
    this.#parts.streams.announced(room, position)
  }

  presenceChanged(room: string, event: PresenceEvent): void {
    this.#parts.presence.changed(room, event)
  }

  restored(): void {
    const { outages, monitor, streams, presence } = this.#parts
    monitor.restored()
    outages.over()
    streams.restored()
    presence.restored()
  }

  linkLost(): void {
    const { monitor, streams } = this.#parts
    monitor.lost()
    streams.linkChanged()
  }

  failed(error: unknown): void {
    this.#parts.outages.report(error)
  }

  discarded(): void {
    this.#parts.counters.discarded += 1
  }

  unsent(): void {
    this.#parts.counters.unsent += 1
  }

  /** Leaves the cluster. */
  async close(): Promise<void> {
    const { streams, presence, bus } = this.#parts
    for (const deadline of this.#removals) deadline.cancel()
    streams.close()
    await presence.close()
    await bus.close()
  }
}
