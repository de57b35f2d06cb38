import type { Broker } from '../cluster/broker.js'
import type { Connection } from './connection.js'
import type { Closure } from '../connection/closure.js'
import type { OnBinary, OnMessage, OnText } from '../messages/dispatcher.js'
import type { Stage } from '../errors.js'
import type { Compression } from '../broadcast/frame.js'
import type { HubTypes } from './hub-types.js'
import type { RouterFor } from './router.js'
import type { HealthOptions } from '../observability/health.js'
import type { RevalidationOptions } from '../admission/revalidation.js'
import type { MessageRate } from '../connection/message-rate.js'
import { defaultHubBytes } from '../admission/memory-budget.js'
import type { Hook } from '../util/hook.js'

/** Limits of a hub. Every default is in {@link DEFAULT_LIMITS}. */
export interface Limits {
  /** Bytes of the largest message of a client. A larger one closes the connection with 1009. @default 262,144 */
  readonly maxMessageSize?: number | undefined
  /** Bytes that may wait to be sent to one connection. If more wait, `slowConsumer` applies. @default 1,048,576 */
  readonly maxBufferedBytes?: number | undefined
  /**
   * What happens if more than `maxBufferedBytes` waits: `close` closes the connection with 1013, `drop` drops further messages
   * and counts them. An answer to a request is never dropped: the connection closes.
   * @default 'close'
   */
  readonly slowConsumer?: 'close' | 'drop' | undefined
  /**
   * Bytes that may be held for one connection: messages that wait for handlers, and messages that wait to be sent. If more is
   * held, the socket is not read. One message may be larger if nothing else waits.
   * @default 1,048,576
   */
  readonly maxConnectionBytes?: number | undefined
  /**
   * Bytes that may be held for all connections of the hub. The less is left, the less may wait for each connection. If nothing is
   * left, handshakes get 503 and the connections that hold most close with 1013.
   * @default a quarter of the heap limit of the process
   */
  readonly maxHubBytes?: number | undefined
  /** Connections of this server. Further handshakes get 503. @default no limit */
  readonly maxConnections?: number | undefined
  /** Connections of one user on this server. Further handshakes get 429. @default no limit */
  readonly maxConnectionsPerUser?: number | undefined
  /** Connections of one IPv4 address or IPv6 /64 on this server. Further handshakes get 429. @default no limit */
  readonly maxConnectionsPerAddress?: number | undefined
  /** Rooms that a connection may be in at the same time. A further join rejects with `too_many_rooms`. @default 128 */
  readonly maxRoomsPerConnection?: number | undefined
  /** Characters of a room's name. A longer one is refused with `invalid_room`. @default 200 */
  readonly maxRoomNameLength?: number | undefined
  /**
   * Messages, pings and unsolicited pongs that a connection may send; answers do not count. Further messages are answered
   * `rate_limited`. If the refusals exceed the same rate too, the connection closes with 4429. With `cost`, large
   * messages and messages with many recipients count more.
   * @default no limit
   */
  readonly messageRate?: MessageRate | undefined
  /** Handlers of one connection that run at the same time. @default 1: in order */
  readonly concurrency?: number | undefined
  /** Streamed replies of one connection at the same time. A further one is answered `too_many_streams`. @default 16 */
  readonly maxStreams?: number | undefined
  /** Milliseconds after which a connection whose socket accepts no bytes is terminated. @default 10,000 */
  readonly writeTimeout?: number | undefined
  /** Milliseconds that `onOpen` may take. If it takes longer, the connection closes with 1011. @default 10,000 */
  readonly openTimeout?: number | undefined
  /**
   * Milliseconds that a handler may take, and each value of a streamed reply. After that the message is answered `timeout`,
   * `context.signal` is aborted, and the next message is handled. While 16 such handlers of a connection are still running, the
   * connection is not read.
   * @default no limit
   */
  readonly handlerTimeout?: number | undefined
  /** Milliseconds that `authorize` of a room may take. If it takes longer, the client is answered `timeout`. @default 10,000 */
  readonly authorizeTimeout?: number | undefined
  /** Milliseconds without a message after which a connection closes with 4408. @default never */
  readonly idleTimeout?: number | undefined
  /** Milliseconds that a close handshake may take, and that `onClose` waits for handlers. @default 10,000 */
  readonly closeTimeout?: number | undefined
}

/** How often, and how, the app is asked whether a connection may stay open. */
export type Revalidate<Types extends HubTypes> = RevalidationOptions<Connection<Types>>

/** Where a failure happened. */
export interface Failure<Types extends HubTypes> {
  /** The step that failed, such as `open`, `message` or `broker`. */
  readonly stage: Stage
  /** The connection, if the failure belongs to one. */
  readonly connection: Connection<Types> | undefined
}

/** Options of a hub. All are optional. */
export interface HubOptions<Types extends HubTypes = HubTypes> {
  /** Separates the hub from other hubs on the same broker. It must be the same on every server of the app. @default 'hub' */
  readonly name?: string | undefined
  /** Handles typed messages. @default none: every frame goes to `onText`, `onBinary` or `onMessage` */
  readonly router?: RouterFor<Types> | undefined
  /** Called for every new connection. Its messages wait until this hook has settled. If it fails, the connection closes with 1011. */
  readonly onOpen?: Hook<[connection: Connection<Types>]> | undefined
  /** Called after the last message of a connection was handled. `connection.rooms` still has the names of its rooms. */
  readonly onClose?: Hook<[connection: Connection<Types>, closure: Closure]> | undefined
  /** Called after a connection has joined a room. For rooms that `describe` returned, it is called once `onOpen` has begun. */
  readonly onJoin?: Hook<[connection: Connection<Types>, room: string]> | undefined
  /** Called after a connection has left a room. For the rooms of a connection that closes, it is called after `onClose`. */
  readonly onLeave?: Hook<[connection: Connection<Types>, room: string]> | undefined
  /** Handles raw frames, both texts and bytes: those that are not typed messages, or all frames if there is no router. */
  readonly onMessage?: OnMessage<Connection<Types>> | undefined
  /** Handles raw texts in place of `onMessage`. Without both, they are answered `invalid_message`. */
  readonly onText?: OnText<Connection<Types>> | undefined
  /** Handles binary frames in place of `onMessage`. Without both, they are answered `invalid_message`. */
  readonly onBinary?: OnBinary<Connection<Types>> | undefined
  /**
   * Called once for every failure of a hook, a handler or the broker.
   * @default a process warning, unless a client caused the failure
   */
  readonly onError?: Hook<[error: unknown, failure: Failure<Types>]> | undefined
  /** Detects half-open connections. */
  readonly heartbeat?:
    | {
        /** Milliseconds of silence after which the hub pings a client. @default 20,000 */
        readonly pingInterval?: number | undefined
        /** Milliseconds after a ping until the connection is terminated if nothing arrives from the client. @default 10,000 */
        readonly pongTimeout?: number | undefined
      }
    | undefined
  /**
   * Asks the app every `every` milliseconds whether a connection may stay open: with `check`, which returns `false` to close it
   * with 4401, or else by running its handshake through the app again.
   * @default never
   */
  readonly revalidate?: Revalidate<Types> | undefined
  /** Limits of messages, connections, rooms and times. */
  readonly limits?: Limits | undefined
  /**
   * permessage-deflate without context takeover (RFC 7692): `true`, or an object with `threshold` in bytes (1,024 by default) and
   * `level` from 0 to 9 (6 by default).
   * @default false
   */
  readonly compression?: boolean | { readonly [Key in keyof Compression]?: Compression[Key] | undefined } | undefined
  /** How messages to a connection are collected into one write. */
  readonly batch?:
    | {
        /** Milliseconds in which messages are collected. 0 collects until the end of this turn of the event loop. @default 0 */
        readonly window?: number | undefined
      }
    | undefined
  /** Connects the servers of the app, such as `redisBroker()` of `@wshub/redis`. @default this process only */
  readonly broker?: Broker | undefined
  /** The conditions under which `hub.health()` reports that the hub is ready. */
  readonly health?: HealthOptions | undefined
  /**
   * Whether mistakes of the app cause process warnings, each once. With `false`, and with `NODE_ENV=production`, only mistakes that
   * lose messages do.
   * @default true
   */
  readonly warnings?: boolean | undefined
}

/** The defaults of {@link Limits}. */
export const DEFAULT_LIMITS = {
  maxMessageSize: 256 * 1024,
  maxBufferedBytes: 1024 * 1024,
  slowConsumer: 'close',
  maxConnectionBytes: 1024 * 1024,
  maxHubBytes: defaultHubBytes(),
  maxConnections: Infinity,
  maxConnectionsPerUser: Infinity,
  maxConnectionsPerAddress: Infinity,
  maxRoomsPerConnection: 128,
  maxRoomNameLength: 200,
  messageRate: undefined,
  concurrency: 1,
  maxStreams: 16,
  writeTimeout: 10_000,
  openTimeout: 10_000,
  handlerTimeout: Infinity,
  authorizeTimeout: 10_000,
  idleTimeout: Infinity,
  closeTimeout: 10_000,
} as const
