import { SUBPROTOCOL } from '@wshub/core/protocol'
import { ClientError } from './errors.js'

/** Bytes that no other thread shares: `Uint8Array<ArrayBuffer>` from TypeScript 5.7 on, which made the class generic. */
export type Bytes = ReturnType<Uint8Array['slice']>

/** The part of a `WebSocket` that the client uses: a browser's, Node's, or that of `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  /** Adds a listener, as that of an `EventTarget`. */
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void
  /** Sends a text or bytes in one message. */
  send(data: string | Bytes): void
  /** Starts the close handshake. */
  close(code?: number, reason?: string): void
}

/** A class of {@link WebSocketLike}. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike

/** A global of browsers and newer versions of Node. */
const runtime = globalThis as { readonly WebSocket?: WebSocketClass }

/** The absolute address of a path. @param base the address of the page @throws TypeError for an invalid URL, and a relative one without a page */
export function addressOf(path: string, base: string | undefined): string {
  return new URL(path, base).href.replace(/^http/, 'ws')
}

/** Begins a handshake. @throws ClientError `no_websocket` */
export function newSocket(
  path: string,
  token: string | undefined,
  Socket: WebSocketClass | undefined = runtime.WebSocket,
): WebSocketLike {
  if (!Socket) throw new ClientError('no_websocket')
  return new Socket(path, token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL])
}

interface Received {
  readonly data: string | ArrayBuffer
}
interface Failed {
  readonly message?: string
}
interface Closed {
  readonly code: number
  readonly reason: string
}

/** Listens to the events of a socket. */
export function listenTo(
  socket: WebSocketLike,
  listeners: { open: () => void; message: (event: Received) => void; close: (event: Closed) => void },
): void {
  socket.binaryType = 'arraybuffer'
  let failure: string | undefined
  socket.addEventListener('open', listeners.open)
  socket.addEventListener('message', listeners.message as (event: object) => void)
  // Without a listener, `ws` throws. Classes other than a browser's name the failure, such as a refused handshake.
  socket.addEventListener('error', (event) => (failure = (event as Failed).message))
  socket.addEventListener('close', (event) => {
    const { code, reason } = event as Closed
    listeners.close({ code, reason: reason || failure || '' })
  })
}
