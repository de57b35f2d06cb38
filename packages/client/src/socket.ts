import { SUBPROTOCOL } from '@wshub/core/protocol'
import { ClientError } from './errors.js'
import { page } from './page.js'
import type { WebSocketClass, WebSocketLike } from './websocket-like.js'

/**
 * The absolute WebSocket address of a URL.
 * @param path absolute, or relative to the page
 * @throws TypeError for an invalid URL, and for a relative one without a page
 */
export function addressOf(path: string): string {
  return new URL(path, page.location?.href).href.replace(/^http/, 'ws')
}

/** Begins a handshake. @throws ClientError `no_websocket` */
export function newSocket(
  path: string,
  token: string | undefined,
  Socket: WebSocketClass | undefined = page.WebSocket,
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
  // Without a listener, `ws` throws. Classes other than a browser's give the reason of a failure, such as a refused handshake.
  socket.addEventListener('error', (event) => (failure = (event as Failed).message))
  socket.addEventListener('close', (event) => {
    const { code, reason } = event as Closed
    listeners.close({ code, reason: reason || failure || '' })
  })
}
