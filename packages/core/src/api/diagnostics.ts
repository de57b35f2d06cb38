import type {
  BrokerEventOf,
  ClosedEventOf,
  DroppedEventOf,
  HandshakeTraceOf,
  MembershipEventOf,
  MessageTraceOf,
  OpenedEventOf,
  RefreshTraceOf,
  StreamTraceOf,
} from '../observability/diagnostics-payloads.js'
import type { Connection } from './connection.js'
import type { Hub } from './hub.js'

/** The payloads of the tracing channels of `node:diagnostics_channel`, by the name for `tracingChannel()`. */
export interface DiagnosticsTraces {
  readonly 'wshub:handshake': HandshakeTraceOf<Hub>
  readonly 'wshub:message': MessageTraceOf<Connection>
  readonly 'wshub:refresh': RefreshTraceOf<Connection>
  readonly 'wshub:stream': StreamTraceOf<Connection>
}

/** The payloads of the other channels of `node:diagnostics_channel`, by the name for `subscribe()`. */
export interface DiagnosticsEvents {
  readonly 'wshub:connection:open': OpenedEventOf<Connection>
  readonly 'wshub:connection:close': ClosedEventOf<Connection>
  readonly 'wshub:join': MembershipEventOf<Connection>
  readonly 'wshub:leave': MembershipEventOf<Connection>
  readonly 'wshub:drop': DroppedEventOf<Connection>
  readonly 'wshub:broker': BrokerEventOf<Hub>
}
