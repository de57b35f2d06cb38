import type { WebSocketClass } from './websocket-like.js'
import type { Position, Settings } from './machine/state.js'
import type { Schema } from './types.js'

/** Options of a client. All are optional. TypeScript refuses unknown options; at run time the client ignores them. */
export interface ClientOptions<Events extends object = Record<string, unknown>> {
  /**
   * Returns the bearer token of the next handshake or refresh. If it returns nothing, the user is not logged in, and the
   * client closes. `refused` is `true` if the server did not accept the last token. If it throws, the attempt has failed
   * and is retried. The server needs `attach(server, { bearerProtocol: true })`.
   * @default no token: the cookies of the page authenticate the client
   */
  readonly token?: ((ask: { readonly refused: boolean }) => Awaitable<string | null | undefined>) | undefined
  /**
   * Milliseconds: a random wait before each attempt is at most `firstWait`, doubled with each failure up to `maxWait`.
   * @default 1,000 and 30,000
   */
  readonly reconnect?: { readonly firstWait?: number | undefined; readonly maxWait?: number | undefined } | undefined
  /**
   * How many requests and emits may wait for a connection, and their bytes together. A further one fails with `queue_full`. If the
   * unread values of one stream have more than `bytes`, the stream ends with `overflow`. @default 100, and 1 MiB
   */
  readonly queue?: { readonly count?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** Milliseconds that a request may take, including the wait for a connection. @default 10,000 */
  readonly timeout?: number | undefined
  /** Synchronous schemas of events, by type. An event that its schema refuses is reported to `onError` and not delivered. */
  readonly validate?: { readonly [Type in keyof Events]?: Schema } | undefined
  /** The class of sockets, such as `WebSocket` of `ws` on Node 20. @default the global `WebSocket` */
  readonly WebSocket?: WebSocketClass | undefined
  /** Whether to connect at once. @default `true`; `false` if the URL is relative and there is no page, as in server rendering */
  readonly connect?: boolean | undefined
}

/** Options of a request. */
export interface RequestOptions {
  /** Milliseconds, including the wait for a connection; `Infinity` for no timeout. @default `timeout` of the client */
  readonly timeout?: number | undefined
  /** Cancels the request: it rejects with `aborted`, and the client sends `hub:cancel`. */
  readonly signal?: AbortSignal | undefined
  /** Repeats the request with the same `key` on the next connection if this one is lost. @default `false` */
  readonly retry?: boolean | undefined
  /** Identifies the request, so that the app on the server can recognise a repeated one. @default with `retry` a random key */
  readonly key?: string | undefined
  /** Bytes beside the payload, in one frame with it. They are not copied before they are sent. */
  readonly bytes?: Uint8Array | undefined
}

/** Options of a request whose reply is streamed. */
export type StreamOptions = Pick<RequestOptions, 'signal' | 'key' | 'bytes'>

/** Options of `emit`. */
export interface EmitOptions {
  /** Drops the message if there is no connection, or more than 16 KiB wait in the socket. It is never queued. @default `false` */
  readonly volatile?: boolean | undefined
  /** Without a connection, keeps the message until there is one. @default `false`: it is dropped */
  readonly queue?: boolean | undefined
  /** Bytes beside the payload, in one frame with it. They are not copied before they are sent. */
  readonly bytes?: Uint8Array | undefined
}

/** Options of a room. All holders of a room must give the same `payload` and `last`, and all or none a `load`. */
export interface RoomHolderOptions {
  /** A JSON value for `authorize` of the server, such as a ticket. */
  readonly payload?: unknown
  /** How many of the last messages of the room's history are delivered at the first join. @default 0 */
  readonly last?: number | undefined
  /** The position of the state that the app already has: the messages after it are delivered first. */
  readonly from?: Position | undefined
  /**
   * Loads the app's state: before the first message, unless `from` is given, and after every reset. It returns the position at
   * which the server read the state: messages up to there are not delivered.
   */
  readonly load?: (() => Awaitable<Position | undefined | void>) | undefined
}

export type Awaitable<Value> = Value | Promise<Value>

/** The settings of the machine from the options. */
export function settingsOf({ token, reconnect = {}, queue = {}, timeout = 10_000 }: ClientOptions): Settings {
  const { firstWait = 1000, maxWait = 30_000 } = reconnect
  const { count: queueCount = 100, bytes: queueBytes = 2 ** 20 } = queue
  return { token: token !== undefined, timeout, queueCount, queueBytes, firstWait, maxWait }
}

/** What all holders of a room must agree on. */
export function roomKey({ payload, last, load }: RoomHolderOptions): string {
  return JSON.stringify([payload, last, !load])
}
