export { Audience, type Exception, type Replies, type RequestOptions } from './rooms/audience.js'
export type {
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
  PresenceList,
  PresenceMember,
  PresenceSync,
  Replay,
  SinceOptions,
} from './broker/broker.js'
export { EMPTY_POSITION } from './broker/broker-history.js'
export { Connection } from './connection/connection.js'
export type { Closure } from './connection/closure.js'
export type { Handshake } from './connection/description.js'
export type { DescriptionFor as Description, NeedsNoData } from './connection/description-for.js'
export { HubError, type HubErrorDetails, quote, type Stage } from './errors.js'
export { ERROR_CODES, type ErrorRule, type Fault, type HubErrorCode, type Retry } from './error-codes.js'
export { Hub } from './hub/hub.js'
export type { ClusterStats, HubStats, StatsOptions } from './hub/stats.js'
export type { Breakdown, Counters } from './hub/counters.js'
export type { Revalidate } from './hub/revalidation.js'
export { Hubs } from './hub/hubs.js'
export { DEFAULT_LIMITS, type Failure, type HubOptions, type Limits } from './hub/options.js'
export { CloseCode, type Envelope, type ErrorPayload, type Issue } from './protocol/index.js'
export { type Presence, Room } from './rooms/room.js'
export type { RoomOptions } from './rooms/plans.js'
export type { HistoryMessage, Missed, RoomHistory } from './history/room-history.js'
export type { Recovered } from './history/recovery.js'
export { type Context, type Handler, type Middleware, Router } from './messages/router.js'
export type { Schema } from './messages/schema.js'
export type { CloseOptions } from './hub/shutdown.js'
export { attach, type AttachOptions } from './upgrade/attach.js'
export { Policy } from './upgrade/policy.js'
export type { AnyServer } from './upgrade/server.js'
export { isUpgrade, surrender } from './upgrade/registry.js'
export { type Facts, Gate, type UpgradeOptions } from './upgrade/gate.js'
export { HandOverGate, type HandOverOptions, type SocketServer } from './upgrade/hand-over-gate.js'
export type { Protocols, SelectProtocol } from './upgrade/subprotocol.js'
export type { Origins } from './upgrade/origin.js'
export type { Answer } from './upgrade/refusal.js'
