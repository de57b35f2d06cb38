import type { FastifyInstance } from 'fastify'
import { isListener, type UpgradeListener } from './is-listener.js'
import { noop } from '@wshub/core/internal'

/**
 * Removes the `'upgrade'` listener of @fastify/websocket from the server. That listener would answer with a response of its own, and
 * Fastify would handle every upgrade twice. The listener has no name that survives a bundler, so it is recognised by what it
 * does: it stores the socket under its key.
 * @param key under which that plugin stores a socket
 * @throws Error if no listener does so
 */
export function removeUpgradeListener({ server }: Pick<FastifyInstance, 'server'>, key: symbol): void {
  const listener = server
    .rawListeners('upgrade')
    .filter(isListener)
    .find((candidate) => storesUnder(key, candidate))
  if (!listener)
    throw new Error('@wshub/fastify does not find the upgrade listener of @fastify/websocket; it knows 11.x.')
  server.off('upgrade', listener)
}

/** Calls a listener with a request that it cannot read, so that a listener of another package ends at once. */
function storesUnder(key: symbol, listener: UpgradeListener): boolean {
  let stored = false
  const request = new Proxy(
    {},
    {
      get: unreadable,
      has: unreadable,
      getPrototypeOf: unreadable,
      set(_, name) {
        stored ||= name === key
        return unreadable()
      },
    },
  )
  try {
    Promise.resolve(listener(request, INERT_SOCKET, Buffer.alloc(0))).catch(noop)
  } catch {
    // Expected: the request throws.
  }
  return stored
}

function unreadable(): never {
  throw new Error('This is not a request.')
}

/** Accepts every call and assignment without effect. */
const INERT_SOCKET: unknown = new Proxy(noop, { get: () => INERT_SOCKET, apply: () => INERT_SOCKET, set: () => true })
