export { Audience, type Exception } from './api/audience.js'
export type { EmitOptions } from './broadcast/emission.js'
export type { Replies } from './cluster/audience-request.js'
export type { AskOptions, RequestOptions } from './connection/request-options.js'
export type {
  AddedMember,
  AppendFailure,
  AppendOptions,
  Broker,
  BrokerEvents,
  BrokerStatus,
  BrokerHistory,
  BrokerPresence,
  Deliver,
  Entry,
  HistoryWindow,
  LeasedMember,
  LinkPosition,
  Lost,
  Page,
  Position,
  PresenceChange,
  PresenceEvent,
  PresenceHead,
  PresencePage,
  PresenceMember,
  PresenceSync,
  PresentUser,
  Replay,
  SinceOptions,
} from './cluster/broker.js'
export { EMPTY_POSITION } from './cluster/broker-history.js'
export type { ConnectionPage, ListOptions } from './cluster/connection-pages.js'
export type { ConnectionInfo } from './cluster/connection-list.js'
export type { ServerMessage } from './cluster/cluster-message.js'
export type { OnServerMessage, Servers } from './cluster/servers.js'
export { Connection } from './api/connection.js'
export type { Closure } from './connection/closure.js'
export type { Handshake } from './admission/identity.js'
export type { IdentityFor as Identity } from './admission/identity-for.js'
export { HubError, type HubErrorDetails, quote, type Stage } from './errors.js'
export { ERROR_CODES, type ErrorRule, type Fault, type HubErrorCode, type Retry } from './error-codes.js'
export { Hub } from './api/hub.js'
export type { ClusterStats, HubStats, StatsOptions } from './observability/stats.js'
export type { BrokerStats } from './observability/broker-monitor.js'
export { DURATION_BOUNDS_MS, type Durations } from './observability/durations.js'
export type { HandlerTimes } from './observability/message-meter.js'
export type { PressureStats } from './observability/back-pressure.js'
export type { HealthOptions, HealthReason, HubHealth } from './observability/health.js'
export type { Traffic } from './observability/traffic.js'
export type { Breakdown, Counters } from './observability/counters.js'
export type { DiagnosticsEvents, DiagnosticsTraces } from './api/diagnostics.js'
export { Hubs } from './api/hubs.js'
export type { Ask, AsksOf, DataOf, EventsOf, HubTypes, PresenceOf } from './api/hub-types.js'
export { DEFAULT_LIMITS, type Failure, type HubOptions, type Limits, type Revalidate } from './api/hub-options.js'
export {
  CloseCode,
  type Envelope,
  type ErrorPayload,
  type Issue,
  type Jsonify,
  type Recovered,
  type StreamedValue,
  type StreamResult,
  WithBytes,
  withBytes,
} from './protocol/index.js'
export type { Presence } from './presence/presence.js'
export { Room, type RoomOptions } from './api/room.js'
export type { Authorize, JoinQuery } from './rooms/authorizer.js'
export type { HistoryMessage, Missed, RoomHistory } from './api/room-history.js'
export { type Context, type Handler, type Middleware, Router, type RouterFor } from './api/router.js'
export type { RouteTypes } from './api/route-types.js'
export type { Schema } from './messages/schema.js'
export type { CloseOptions } from './lifecycle/shutdown.js'
export { attach } from './upgrade/attach.js'
export type { AttachOptions } from './upgrade/attach-options.js'
export type { AnyServer } from './upgrade/http-server.js'
export type { Protocols, SelectProtocol } from './upgrade/subprotocol.js'
export type { Origins } from './upgrade/origin.js'
