import type { FastifyInstance } from 'fastify'
import { noop } from '@wshub/core/internal'

/** The keys under which @fastify/websocket finds the client of an upgrade on the raw request. */
export interface PrivateKeys {
  readonly socket: symbol
  readonly head: symbol
}

/**
 * Finds the keys under which @fastify/websocket stores a socket on a request. They are private symbols, but its test kit
 * `injectWS` emits an upgrade whose request has them. For this one event, `emit` of the server is replaced, so that no
 * listener sees the event.
 * @throws Error if that plugin emits no such event on the server of the app
 */
export function findPrivateKeys({ server, injectWS }: FastifyInstance): PrivateKeys {
  const found: PrivateKeys[] = []
  const before = Object.getOwnPropertyDescriptor(server, 'emit')
  const value = (_: string, request: object, ...parts: unknown[]): boolean => {
    const carried = Object.getOwnPropertySymbols(request)
    const [socket, head] = parts.map((part) => carried.find((key) => Reflect.get(request, key) === part))
    if (socket && head) found.push({ socket, head })
    return true
  }
  Object.defineProperty(server, 'emit', { value, configurable: true, writable: true })
  injectWS('/').catch(noop)
  Reflect.deleteProperty(server, 'emit')
  if (before) Object.defineProperty(server, 'emit', before)
  const [keys] = found
  if (keys) return keys
  throw new Error(
    '@wshub/fastify handles the upgrades of app.server, and @fastify/websocket does not emit there. Either it was registered ' +
      'with an `options.server` of its own: leave that out. Or it is not version 11.x.',
  )
}
