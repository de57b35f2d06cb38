import { openSocket, type TestTarget } from '@wshub/core/testing'
import type { WebSocketClass } from '../socket.js'
import { assertRealIo, closeIfFaked } from './fake-timers.js'

/**
 * A class of sockets to an app inside this process: `new Client('ws://app/ws', { WebSocket: socketsTo(app) })`. No port
 * is opened, but every byte of HTTP and WebSocket is real. The host of the address does not count. If a test fakes the
 * timers of Node's I/O, the client closes instead of waiting forever, and prints which timers must stay real.
 * @param target a server that `attach` was called on, or an app: `express()`, `koa.callback()`
 * @param options headers of every handshake, such as a cookie
 */
export function socketsTo(
  target: TestTarget,
  { headers = {} }: { readonly headers?: Readonly<Record<string, string>> | undefined } = {},
): WebSocketClass {
  function AppSocket(url: string, protocols: readonly string[]): ReturnType<typeof openSocket> {
    const { pathname, search } = new URL(url)
    assertRealIo()
    const socket = openSocket(target, pathname + search, { headers, protocols })
    closeIfFaked(socket)
    return socket
  }
  // A function that returns an object is a constructor, which TypeScript does not know.
  return AppSocket as unknown as WebSocketClass
}
