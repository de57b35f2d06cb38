import { openSocket, type TestTarget } from '@wshub/core/testing'
import type { WebSocketClass } from '../websocket-like.js'
import { assertRealIo, closeIfFaked } from './fake-timers.js'

/** The states of a socket, as constants of its class. Clients of other libraries read them there. */
const READY_STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

/**
 * A class of sockets to an app inside this process: `new Client('ws://app/ws', { WebSocket: socketsTo(app) })`. No port
 * is opened, but every byte of HTTP and WebSocket is real. The host of the address is ignored. If a test fakes the
 * timers of Node's I/O, the client closes instead of waiting forever, and prints which timers must stay real.
 * Clients of other libraries, such as those of graphql-ws and tRPC, take the class too.
 * @param target a server that `attach` was called on, or an app: `express()`, `koa.callback()`
 * @param options headers of every handshake, such as a cookie
 */
export function socketsTo(
  target: TestTarget,
  { headers = {} }: { readonly headers?: Readonly<Record<string, string>> | undefined } = {},
): WebSocketClass {
  function AppSocket(url: string | URL, protocols: string | readonly string[] = []): ReturnType<typeof openSocket> {
    const { pathname, search } = new URL(url)
    assertRealIo()
    const offered = typeof protocols === 'string' ? [protocols] : protocols
    const socket = openSocket(target, pathname + search, { headers, protocols: offered })
    closeIfFaked(socket)
    return socket
  }
  // `new` returns the object that this function returns, which TypeScript does not know.
  return Object.assign(AppSocket, READY_STATES) as unknown as WebSocketClass
}
