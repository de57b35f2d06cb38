import type { releaseUpgrade } from '@wshub/core/adapter'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRouteHookHandler } from 'fastify'

type Handover = NonNullable<ReturnType<typeof releaseUpgrade>>
type Keyed = Record<symbol, unknown>
type Listener = (...args: unknown[]) => void

interface Keys {
  readonly socket: symbol
  readonly head: symbol
}

/** What the requests of upgrades carry where @fastify/websocket looks for their socket, until it is to have it. */
const NO_SOCKET = { destroy(): void {}, removeListener(): void {} }

/**
 * @fastify/websocket as this plugin leads it. It finds an upgrade's socket under a key of its own on the raw request and
 * takes the client in its route handlers; here it gets that socket only for routes that are its own.
 */
export class FastifyWebsocketBridge {
  readonly #keys: Keys

  /** @throws Error if it is not the plugin that it is taken for */
  constructor(fastify: FastifyInstance) {
    this.#keys = findKeys(fastify)
    removeListener(fastify, this.#keys)
  }

  /** Lets its hooks see that a request is an upgrade (`request.ws`), and nothing more. */
  announce(request: object): void {
    Object.assign(request, { [this.#keys.socket]: NO_SOCKET })
  }

  /** Gives it a client. */
  give({ request, socket, head }: Handover): void {
    Object.assign(request, { [this.#keys.socket]: socket, [this.#keys.head]: head })
  }
}

/** A route's handler as Fastify calls it. */
export type RouteHandler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown

/**
 * Adds an `onRoute` hook that runs before the one of @fastify/websocket, which hides every handler behind its own. If
 * the app has registered that plugin before, only Fastify's own list of hooks can tell the order.
 */
export function addFirst(fastify: FastifyInstance, hook: onRouteHookHandler): void {
  if (!fastify.hasDecorator('websocketServer')) return void fastify.addHook('onRoute', hook)
  const key = Object.getOwnPropertySymbols(fastify).find(({ description }) => description === 'fastify.hooks')
  const hooks = key && (fastify as unknown as Keyed)[key]
  const list = (hooks as { onRoute?: unknown } | undefined)?.onRoute
  if (!Array.isArray(list)) throw new Error('Register @wshub/fastify before @fastify/websocket, or leave that to it.')
  list.unshift(hook)
}

/** Its keys are its secret, but its test kit emits an upgrade whose request carries them: here nobody else hears of it. */
function findKeys({ server, injectWS }: FastifyInstance): Keys {
  const found: Keys[] = []
  const before = Object.getOwnPropertyDescriptor(server, 'emit')
  const value = (_: string, request: object, ...parts: unknown[]): boolean => {
    const carried = Object.getOwnPropertySymbols(request)
    const [socket, head] = parts.map((part) => carried.find((key) => Reflect.get(request, key) === part))
    if (socket && head) found.push({ socket, head })
    return true
  }
  Object.defineProperty(server, 'emit', { value, configurable: true, writable: true })
  injectWS('/').catch(ignore)
  Reflect.deleteProperty(server, 'emit')
  if (before) Object.defineProperty(server, 'emit', before)
  const [keys] = found
  if (keys) return keys
  throw new Error(
    '@wshub/fastify leads the upgrades of app.server, and @fastify/websocket does not emit there. Either it was registered ' +
      'with an `options.server` of its own: leave that out. Or it is not version 11.x.',
  )
}

/**
 * Takes its listener for upgrades off the server. It has no name that survives a bundler, so it is known by what it does:
 * it stores the socket under its key.
 */
function removeListener({ server }: FastifyInstance, { socket }: Keys): void {
  const theirs = server.rawListeners('upgrade').find((listener) => storesUnder(socket, listener as Listener))
  if (!theirs)
    throw new Error('@wshub/fastify does not find the upgrade listener of @fastify/websocket; it knows 11.x.')
  server.off('upgrade', theirs as Listener)
}

/** Calls a listener with a request that nobody can read. */
function storesUnder(key: symbol, listener: Listener): boolean {
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
    Promise.resolve(listener(request, INERT_SOCKET, Buffer.alloc(0))).catch(ignore)
  } catch {
    // As it should.
  }
  return stored
}

function unreadable(): never {
  throw new Error('This is not a request.')
}

function ignore(): void {}

/** A socket to which nothing can be done. */
const INERT_SOCKET: unknown = new Proxy(ignore, { get: () => INERT_SOCKET, apply: () => INERT_SOCKET, set: () => true })
