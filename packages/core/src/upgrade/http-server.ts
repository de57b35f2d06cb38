import type { Server } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'

/** Every server that can emit an upgrade: HTTP, HTTPS, and HTTP/2 with `allowHTTP1`. */
export type AnyServer = Server | Http2SecureServer | Http2Server

/** Every server of Node's HTTP modules has one of these properties. Servers of `net`, apps and routers have none. */
const SERVER_PROPERTIES = ['headersTimeout', 'updateSettings']
const SERVER_METHODS = ['on', 'off', 'emit', 'listeners', 'address']

const HANDLER_HINT = ' This is a request handler: write attach(app.listen(3000)), or attach(createServer(handler)).'

/** @throws TypeError whose message says what to pass instead */
export function assertServer(server: unknown): asserts server is AnyServer {
  const candidate = Object(server) as Record<string, unknown>
  const whole = SERVER_METHODS.every((method) => typeof candidate[method] === 'function')
  if (whole && SERVER_PROPERTIES.some((mark) => mark in candidate)) return
  throw new TypeError(`attach() needs an http.Server, such as app.listen() returns.${serverHint(candidate)}`)
}

function serverHint(candidate: Record<string, unknown>): string {
  if (typeof candidate['listen'] !== 'function') return typeof candidate === 'function' ? HANDLER_HINT : ''
  if (SERVER_METHODS.every((method) => typeof candidate[method] === 'function'))
    return ' This is a server of another protocol.'
  return ' This is an app: write attach(app.listen(3000)).'
}
