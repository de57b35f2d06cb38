import { AdmissionControl, type AdmissionParts } from '../admission/admission-control.js'
import { Capacity } from '../admission/capacity.js'
import { Revocations } from '../admission/revocations.js'
import { Broadcaster } from '../broadcast/broadcaster.js'
import { ConnectionRegistry } from '../broadcast/connection-registry.js'
import { FlushBatches } from '../broadcast/flush-batches.js'
import { Frame } from '../broadcast/frame.js'
import { SenderContext } from '../broadcast/sender-context.js'
import { ClusterBus } from '../cluster/cluster-bus.js'
import { ClusterNode } from '../cluster/cluster-node.js'
import { downTime, OutageReporter } from '../cluster/outage-reporter.js'
import type { ConnectionHost } from '../connection/connection-host.js'
import { TransportFactory } from '../connection/transport-factory.js'
import { Recovery } from '../history/recovery.js'
import { Streams } from '../history/streams.js'
import { ClientProtocol } from './client-protocol-assembly.js'
import { ConnectionLifecycle } from '../lifecycle/connection-lifecycle.js'
import { Heartbeat, visitInterval } from '../lifecycle/heartbeat.js'
import { Hooks } from '../lifecycle/hooks.js'
import type { ShutdownParts } from '../lifecycle/shutdown.js'
import { SlowConsumerPolicy } from '../lifecycle/slow-consumer.js'
import { Dispatcher, type TypedMessage } from '../messages/dispatcher.js'
import type { MessageRun } from '../messages/message-run.js'
import type { ReplyStreams } from '../messages/reply-streams.js'
import { HealthReporter } from '../observability/health.js'
import { StatsReporter } from '../observability/stats-reporter.js'
import { PresenceTracker } from '../presence/presence-tracker.js'
import type { JoinRequests } from '../rooms/join-requests.js'
import { Memberships } from '../rooms/memberships.js'
import { Rooms } from '../rooms/rooms.js'
import type { AudienceParts } from './audience.js'
import { Connection } from './connection.js'
import { MessageContext } from './context.js'
import { type Handling, newHandlers } from './handlers-assembly.js'
import type { Hub } from './hub.js'
import type { HubSettings } from './hub-settings.js'
import type { DataOf, HubTypes } from './hub-types.js'
import { newObservers, type Observers } from './observers-assembly.js'
import { newRefreshes } from './refresh-assembly.js'
import { Room } from './room.js'
import { newClusterParts, type ClusterParts } from './cluster-assembly.js'

/** The parts that reach the members of an audience, on this server and on others. */
interface Messaging<Types extends HubTypes> extends Omit<AudienceParts<Types>, 'requests'>, ClusterParts<Types> {
  readonly registry: ConnectionRegistry<Connection<Types>>
  readonly rooms: Rooms<Connection<Types>, Room<Types>>
  readonly batches: FlushBatches
  readonly bus: ClusterBus
  readonly streams: Streams
  readonly recovery: Recovery<Connection<Types>>
  readonly broadcaster: Broadcaster<Connection<Types>>
  readonly presence: PresenceTracker<Connection<Types>>
  readonly senders: SenderContext<Connection<Types>> | undefined
  readonly revocations: Revocations
  readonly outages: OutageReporter
  readonly taps: Observers<Types>['taps']
  readonly stats: StatsReporter
}

/** The parts of a hub that the hub itself works with. */
export interface HubParts<Types extends HubTypes> extends Messaging<Types>, ShutdownParts {
  readonly batches: FlushBatches
  readonly connections: ReadonlyMap<string, Connection<Types>>
  readonly health: HealthReporter
  readonly admission: AdmissionControl<DataOf<Types>>
  readonly memberships: Memberships<Connection<Types>>
  readonly joins: JoinRequests<Connection<Types>>
  readonly replyStreams: ReplyStreams<Connection<Types>>
}

/** Parts that are made later, behind functions: the joins of clients, and the streamed replies. */
interface Later<Types extends HubTypes> {
  readonly joins: () => JoinRequests<Connection<Types>>
  readonly replyStreams: () => { readonly size: number }
}

/** Makes the parts of a hub and connects them. */
export function assembleHub<Types extends HubTypes>(hub: Hub<Types>, settings: HubSettings<Types>): HubParts<Types> {
  const rooms = newRooms(settings, () => parts)
  const registry = new ConnectionRegistry<Connection<Types>>(rooms)
  const observers = newObservers(hub, settings, registry)
  const batches = FlushBatches.of(settings, observers)
  const later: Later<Types> = { joins: () => parts.joins, replyStreams: () => parts.replyStreams }
  const messaging = newMessaging(settings, observers, { rooms, registry, batches, ...later })
  const cluster = new ClusterNode({ ...observers, ...messaging })
  const parts: HubParts<Types> = {
    ...messaging,
    ...newConnections(hub, settings, { ...observers, ...messaging }),
    connections: registry.connections,
    health: new HealthReporter({ ...settings, ...observers, bus: messaging.bus }),
    cluster,
  }
  messaging.bus.connect(cluster)
  if (!messaging.bus.alone) void observers.monitor.watch(messaging.bus.ready)
  messaging.bus.ready.then(
    () => messaging.presence.enterServer(),
    () => {},
  )
  return parts
}

function newRooms<Types extends HubTypes>(
  { limits }: HubSettings<Types>,
  parts: () => AudienceParts<Types>,
): Rooms<Connection<Types>, Room<Types>> {
  const makeRoom = (name: string): Room<Types> => new Room(name, parts(), rooms)
  const rooms = new Rooms<Connection<Types>, Room<Types>>(limits, makeRoom)
  return rooms
}

function newMessaging<Types extends HubTypes>(
  settings: HubSettings<Types>,
  observers: Observers<Types>,
  {
    rooms,
    registry,
    batches,
    joins,
    replyStreams,
  }: Pick<Messaging<Types>, 'rooms' | 'registry' | 'batches'> & Later<Types>,
): Messaging<Types> {
  const { name, broker, limits, compression, router } = settings
  const { errors, counters } = observers
  const { configs, existing } = rooms
  const { connections, users } = registry
  const bus = new ClusterBus(name, broker)
  const outages = new OutageReporter(
    (error) => errors.report(error, 'broker'),
    undefined,
    () => downTime(bus.status),
  )
  const failed = (error: unknown): void => outages.report(error)
  const streams = new Streams({
    bus,
    history: broker.history,
    configs,
    members: {
      deliverEvent: (message, position, isMeant) => recovery.deliver(message, position, isMeant),
      gap: (room, reason, position) => {
        counters.gaps += 1
        recovery.gap(room, { members: rooms.occupants(room), reason, position })
      },
      isOccupied: (room) => rooms.occupants(room).size > 0,
      refused: () => void (counters.unsent += 1),
      failed,
    },
  })
  const recovery = newRecovery(settings, registry, streams)
  const typed = Boolean(router)
  const shared = { ...observers, registry, rooms, batches, bus, streams, recovery, outages, compression, typed }
  const revocations = new Revocations()
  const mayBeJoined = (room: string): boolean => configs.of(room).authorizer !== undefined
  const senders = SenderContext.of<Connection<Types>>(limits.messageRate)
  const broadcaster = new Broadcaster<Connection<Types>>({ ...shared, revocations, senders, joins, mayBeJoined })
  const send = (room: string, text: string): void => broadcaster.sendToRoomHere(room, text)
  const presence = new PresenceTracker({ bus, registry, configs, presence: broker.presence, host: { send, failed } })
  const stats = new StatsReporter({ ...observers, name, connections, users, rooms: existing, bus, replyStreams })
  const cluster = newClusterParts({ ...shared, name, presence, stats })
  return { ...shared, revocations, senders, broadcaster, presence, stats, ...cluster }
}

function newRecovery<Types extends HubTypes>(
  { limits, compression }: HubSettings<Types>,
  registry: ConnectionRegistry<Connection<Types>>,
  streams: Streams,
): Recovery<Connection<Types>> {
  return new Recovery({
    placeOf: (room) => streams.placeOf(room),
    streamOf: (room) => streams.existing(room),
    members: ({ address }) => registry.select(address),
    frame: (text) => new Frame(text, compression),
    recovered: (messages) => streams.recovered(messages),
    maxBufferedBytes: limits.maxBufferedBytes,
  })
}

function newDispatcher<Types extends HubTypes>(
  { router, onMessage, onText, onBinary }: HubSettings<Types>,
  shared: Pick<Observers<Types> & Messaging<Types>, 'counters' | 'meter' | 'senders' | 'slowHandlers' | 'warnings'>,
  served: Handling<Connection<Types>>,
): Dispatcher<Connection<Types>> {
  const route =
    router &&
    ((one: Connection<Types>, message: TypedMessage, run: MessageRun | undefined) =>
      router.dispatch(new MessageContext(one, message, run)))
  return new Dispatcher({ ...shared, route, onMessage, onText, onBinary, ...served })
}

type ConnectionPart = 'admission' | 'heartbeat' | 'joins' | 'lifecycle' | 'memberships' | 'replyStreams'

function newConnections<Types extends HubTypes>(
  hub: Hub<Types>,
  settings: HubSettings<Types>,
  shared: Observers<Types> & Messaging<Types>,
): Pick<HubParts<Types>, ConnectionPart> {
  const { limits, compression, router } = settings
  const { errors, batches, budget, labelled, taps, traffic, pressure, presence } = shared
  const hooks = new Hooks(errors)
  const memberships = new Memberships({ ...settings, ...shared, hooks, joins: () => protocol.joins })
  const heartbeat = new Heartbeat({ ...settings.heartbeat, visitEvery: visitInterval(limits) })
  const handling = newHandlers<Connection<Types>>({ ...limits, errors, budget, rejected: labelled.rejected })
  const refreshes = newRefreshes(settings, shared, () => ({ memberships, lifecycle, admission }))
  const capacity = new Capacity(limits)
  const lifecycle: ConnectionLifecycle<Connection<Types>, DataOf<Types>> = new ConnectionLifecycle({
    ...settings,
    ...shared,
    memberships,
    hooks,
    heartbeat,
    ...handling,
    refreshes,
    capacity,
    connect: (transport, admission) => new Connection(host, transport, admission),
  })
  const served = { ...handling, memberships, lifecycle, refreshes }
  const protocol: ClientProtocol<Connection<Types>> = new ClientProtocol({ ...settings, ...shared, ...served })
  const host: ConnectionHost<Connection<Types>, Hub<Types>> = {
    hub,
    limits,
    budget,
    traffic,
    pressure,
    compression,
    batches,
    memberships,
    presence,
    lifecycle,
    errors,
    rejected: labelled.rejected,
    typed: router !== undefined,
    clock: heartbeat,
    taps,
    dispatcher: newDispatcher(settings, shared, served),
    protocol,
    slowConsumers: new SlowConsumerPolicy(limits.slowConsumer, shared.counters),
  }
  const admission = newAdmission(settings, shared, { capacity, connections: lifecycle })
  return { ...handling, admission, heartbeat, lifecycle, memberships, joins: protocol.joins }
}

function newAdmission<Types extends HubTypes>(
  { limits, compression }: HubSettings<Types>,
  shared: Observers<Types> & Messaging<Types>,
  own: Pick<AdmissionParts<DataOf<Types>>, 'capacity' | 'connections'>,
): AdmissionControl<DataOf<Types>> {
  const transports = new TransportFactory({ ...limits, compression: compression !== undefined })
  return new AdmissionControl({ ...shared, ...own, limits, transports })
}
