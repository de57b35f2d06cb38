import type { Broker } from '../cluster/broker.js'
import type { Connection } from './connection.js'
import type { Closure } from '../connection/closure.js'
import type { OnBinary, OnMessage, OnText } from '../messages/dispatcher.js'
import type { Stage } from '../errors.js'
import type { Compression } from '../broadcast/frame.js'
import type { HubTypes } from './hub-types.js'
import type { RouterFor } from './router.js'
import type { RevalidationOptions } from '../admission/revalidation.js'
import type { MessageRate } from '../connection/message-rate.js'
import { defaultHubBytes } from '../admission/memory-budget.js'

/** What bounds a hub. Every default is in {@link DEFAULT_LIMITS}. */
export interface Limits {
  /** Bytes of the largest message; beyond it the connection closes with 1009. @default 262,144 */
  readonly maxMessageSize?: number | undefined
  /** Bytes that may wait to be sent to one connection, outbox and socket together. @default 1,048,576 */
  readonly maxBufferedBytes?: number | undefined
  /**
   * What happens to a connection beyond it: `close` with 1013, or `drop` its messages and count them. An answer to a
   * request is never dropped: the connection closes.
   * @default 'close'
   */
  readonly slowConsumer?: 'close' | 'drop' | undefined
  /**
   * Bytes that may be held for one connection, messages that wait to be handled and to be sent together; beyond it the
   * socket is not read. One message may be larger when nothing else waits. @default 1,048,576
   */
  readonly maxConnectionBytes?: number | undefined
  /**
   * Bytes that may be held for all connections of the hub. The less is left, the less may wait for each connection; when
   * nothing is left, handshakes get 503 and the connections that hold most close with 1013. @default a quarter of the
   * heap limit of the process
   */
  readonly maxHubBytes?: number | undefined
  /** Connections of this server; beyond them handshakes get 503. @default no limit */
  readonly maxConnections?: number | undefined
  /** Connections of one user; beyond them handshakes get 429. @default no limit */
  readonly maxConnectionsPerUser?: number | undefined
  /** Connections of one IPv4 address or IPv6 /64; beyond them handshakes get 429. @default no limit */
  readonly maxConnectionsPerAddress?: number | undefined
  /** Rooms that a connection may be in at once. @default 128 */
  readonly maxRoomsPerConnection?: number | undefined
  /** Characters of a room's name. @default 200 */
  readonly maxRoomNameLength?: number | undefined
  /**
   * Messages, pings and unasked pongs that a connection may send, answers excepted. Beyond it messages are answered
   * `rate_limited`, and after as many refusals again the connection closes with 4429. `cost` makes large messages, and
   * those that reach many, more expensive.
   * @default no limit
   */
  readonly messageRate?: MessageRate | undefined
  /** Handlers of one connection that run at a time. @default 1: in order */
  readonly concurrency?: number | undefined
  /** Milliseconds after which a connection whose socket accepts no bytes is terminated. @default 10,000 */
  readonly writeTimeout?: number | undefined
  /** Milliseconds that `onOpen` may take; then the connection closes with 1011. @default 10,000 */
  readonly openTimeout?: number | undefined
  /**
   * Milliseconds that a handler may take. Then the message is answered `timeout`, `context.signal` is aborted, and the next
   * message is handled. While 16 handlers of a connection go on in this way, nothing more is read from it.
   * @default no limit
   */
  readonly handlerTimeout?: number | undefined
  /** Milliseconds that `authorize` of a room may take; then the client is answered `timeout`. @default 10,000 */
  readonly authorizeTimeout?: number | undefined
  /** Milliseconds without a message after which a connection closes with 4408. @default never */
  readonly idleTimeout?: number | undefined
  /** Milliseconds that a close handshake may take, and that `onClose` waits for handlers. @default 10,000 */
  readonly closeTimeout?: number | undefined
}

/** Asks the app at intervals whether a connection may stay open. */
export type Revalidate<Types extends HubTypes> = RevalidationOptions<Connection<Types>>

/** The source of a failure. */
export interface Failure<Types extends HubTypes> {
  readonly stage: Stage
  readonly connection: Connection<Types> | undefined
}

/** Options of a hub. All are optional. */
export interface HubOptions<Types extends HubTypes = HubTypes> {
  /** Isolates the hub's topics from those of others on the same broker. @default 'hub' */
  readonly name?: string | undefined
  /** Takes the typed messages. */
  readonly router?: RouterFor<Types> | undefined
  /** Takes every new connection. Its messages wait until this has settled; a failure closes it with 1011. */
  readonly onOpen?: ((connection: Connection<Types>) => unknown) | undefined
  /** After the last message of a connection was handled; it is in no room any more, but `rooms` still names them. */
  readonly onClose?: ((connection: Connection<Types>, closure: Closure) => unknown) | undefined
  /** After a connection has joined a room; for those of its description once `onOpen` has begun. */
  readonly onJoin?: ((connection: Connection<Types>, room: string) => unknown) | undefined
  /** After a connection has left a room; for those it was in at its end after `onClose`. */
  readonly onLeave?: ((connection: Connection<Types>, room: string) => unknown) | undefined
  /** Takes the frames that are no typed messages, or all of them if there is no router; both texts and bytes. */
  readonly onMessage?: OnMessage<Connection<Types>> | undefined
  /** Takes texts in place of `onMessage`. Without both, a text that is no typed message is answered `invalid_message`. */
  readonly onText?: OnText<Connection<Types>> | undefined
  /** Takes binary frames in place of `onMessage`. Without both, they are answered `invalid_message`. */
  readonly onBinary?: OnBinary<Connection<Types>> | undefined
  /**
   * Where every failure surfaces, once.
   * @default a process warning, except for what a client did wrong
   */
  readonly onError?: ((error: unknown, failure: Failure<Types>) => unknown) | undefined
  readonly heartbeat?:
    | {
        /** Milliseconds of silence after which a client is pinged. @default 20,000 */
        readonly pingInterval?: number | undefined
        /** Milliseconds after a ping without a sign of life until the connection is terminated. @default 10,000 */
        readonly pongTimeout?: number | undefined
      }
    | undefined
  /** Asks at intervals whether a connection may stay open; anything but true closes it with 4401. @default not asked */
  readonly revalidate?: Revalidate<Types> | undefined
  readonly limits?: Limits | undefined
  /** permessage-deflate without context takeover (RFC 7692). @default false */
  readonly compression?: boolean | { readonly [Key in keyof Compression]?: Compression[Key] | undefined } | undefined
  readonly batch?:
    | {
        /** Milliseconds to wait for more before a flush; 0 is the end of this turn of the event loop. @default 0 */
        readonly window?: number | undefined
      }
    | undefined
  /** The way to other servers. @default this process only */
  readonly broker?: Broker | undefined
  /** Whether dangerous settings are reported as process warnings, each once; never with `NODE_ENV=production`. @default true */
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
  writeTimeout: 10_000,
  openTimeout: 10_000,
  handlerTimeout: Infinity,
  authorizeTimeout: 10_000,
  idleTimeout: Infinity,
  closeTimeout: 10_000,
} as const
