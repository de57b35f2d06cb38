import type { WebSocketClass } from './driver.js'
import type { Position, Settings } from './machine/state.js'
import type { Schema } from './types.js'

/** How a client connects. */
export interface ClientOptions<Events extends object = Record<string, unknown>> {
  /**
   * Returns the bearer token of the next handshake or refresh, or nothing if the user is not logged in: this closes
   * the client. `refused` means that the server did not accept the last token. If it throws, the attempt has failed.
   */
  readonly token?: ((ask: { readonly refused: boolean }) => Awaitable<string | null | undefined>) | undefined
  /** The limits of the random wait between two attempts, in milliseconds. @default 1,000, doubled up to 30,000 */
  readonly reconnect?: { readonly firstWait?: number | undefined; readonly maxWait?: number | undefined } | undefined
  /** Requests and emits that may wait for a connection. @default 100, and 1 MiB */
  readonly queue?: { readonly count?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** Milliseconds that a request may take, waiting included. @default 10,000 */
  readonly timeout?: number | undefined
  /** Schemas of events. An event that its schema refuses is reported and not delivered. They must not be asynchronous. */
  readonly validate?: { readonly [Type in keyof Events]?: Schema } | undefined
  /** The class of sockets, such as that of `ws`. @default the global `WebSocket` */
  readonly WebSocket?: WebSocketClass | undefined
  /** Whether to connect at once. @default true, unless the address is relative and there is no page: in server rendering */
  readonly connect?: boolean | undefined
}

/** How a request is sent. */
export interface RequestOptions {
  /** Milliseconds, waiting included; `Infinity` for none. @default that of the client */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Repeats the request on the next connection if this one is lost. The server recognises it by its `key`. */
  readonly retry?: boolean | undefined
  /** Identifies the request, which runs only once. @default a random one with `retry` */
  readonly key?: string | undefined
}

/** How an event is sent. */
export interface EmitOptions {
  /** Not sent while the socket has not sent everything before. */
  readonly volatile?: boolean | undefined
  /** Sent later if there is no connection. */
  readonly queue?: boolean | undefined
}

/** The options of a join. All holders of a room give the same `payload` and `last`. */
export interface RoomHolderOptions {
  /** Passed to the server's `authorize`. */
  readonly payload?: unknown
  /** The number of last messages of the room's history that the first join returns. */
  readonly last?: number | undefined
  /** The position of the state that the app has. */
  readonly from?: Position | undefined
  /**
   * Loads the app's state: before the first message, unless `from` is given, and after every reset. It returns the position
   * at which the state was read: messages up to there are left out.
   */
  readonly load?: (() => Awaitable<Position | undefined | void>) | undefined
}

export type Awaitable<Value> = Value | Promise<Value>

/** The settings of the machine from the options. */
export function settingsOf({ token, reconnect = {}, queue = {} }: ClientOptions): Settings {
  const { firstWait = 1000, maxWait = 30_000 } = reconnect
  const { count: queueCount = 100, bytes: queueBytes = 2 ** 20 } = queue
  return { token: token !== undefined, queueCount, queueBytes, firstWait, maxWait }
}
