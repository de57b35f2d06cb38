import type { IncomingMessage } from 'node:http'
import type { Closure } from '../connection/closure.js'
import type { TraceOutcome } from './diagnostics.js'

/** `wshub:handshake`: `upgrade()` decides on a handshake. `result` is the answer, `error` what `describe` has thrown. */
export interface HandshakeTraceOf<Hub> extends TraceOutcome {
  readonly hub: Hub
  readonly request: IncomingMessage
  result?: {
    /** 101 if the client is admitted. */
    readonly status: number
  }
}

/** `wshub:message`: a handler runs. `result` is what it returns, `error` what it throws. */
export interface MessageTraceOf<Connection> extends TraceOutcome {
  readonly connection: Connection
  /** The type as the client has sent it; `undefined` for a raw frame. */
  readonly type: string | undefined
  /** The type if a handler is registered for it, `hub:other` for all other types, `hub:raw` for raw frames: use it as a label. */
  readonly route: string
  /** The id of the request; `undefined` if the client expects no answer. */
  readonly id: string | number | undefined
}

/** `wshub:refresh`: a handshake is repeated for `hub:refresh` or `revalidate`. It never has an `error`. */
export interface RefreshTraceOf<Connection> extends TraceOutcome {
  readonly connection: Connection
  result?: {
    /** `unclear` if the app has neither accepted nor refused: the connection stays. */
    readonly kind: 'renewed' | 'refused' | 'unclear'
  }
}

/** `wshub:stream`: the values of a streamed reply are sent. `error` is why it has ended before its last value. */
export interface StreamTraceOf<Connection> extends TraceOutcome {
  readonly connection: Connection
  /** The id of the request. */
  readonly id: string | number
  result?: {
    /** Values that were sent. */
    readonly values: number
  }
}

/** `wshub:connection:open`: before its rooms are joined and `onOpen` runs. */
export interface OpenedEventOf<Connection> {
  readonly connection: Connection
}

/** `wshub:connection:close`: the socket has closed. The connection still has the names of its rooms. */
export interface ClosedEventOf<Connection> {
  readonly connection: Connection
  readonly closure: Closure
}

/** `wshub:join` and `wshub:leave`: a membership has begun or ended. */
export interface MembershipEventOf<Connection> {
  readonly connection: Connection
  readonly room: string
}

/** `wshub:drop`: a message was not sent, because the client reads too slowly. */
export interface DroppedEventOf<Connection> {
  readonly connection: Connection
  /** Whether the connection closes because of it. */
  readonly closes: boolean
}

/** `wshub:broker`: the link to the other servers has changed. */
export interface BrokerEventOf<Hub> {
  readonly hub: Hub
  /** `connected` at first, `down` when the link is lost, `restored` when it is back, `failed` when the broker has given up. */
  readonly state: 'connected' | 'down' | 'restored' | 'failed'
}
