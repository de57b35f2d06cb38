import type { surrender } from '@wshub/core'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRouteHookHandler } from 'fastify'

type Handover = NonNullable<ReturnType<typeof surrender>>
type Keyed = Record<symbol, unknown>
type Listener = (...args: unknown[]) => void

/** What the requests of upgrades carry where @fastify/websocket looks for their socket, until it is to have it. */
const NOBODY_YET = { destroy(): void {}, removeListener(): void {} }

/**
 * @fastify/websocket as this plugin leads it. It finds an upgrade's socket under a key of its own on the raw request and
 * takes the client in its route handlers; here it gets that socket only for routes that are its own.
 */
export class Neighbour {
  readonly #keys: { readonly socket: symbol; readonly head: symbol }

  constructor(fastify: FastifyInstance) {
    removeListener(fastify)
    this.#keys = findKeys(fastify)
  }

  /** Lets its hooks see that a request is an upgrade (`request.ws`), and nothing more. */
  announce(request: object): void {
    Object.assign(request, { [this.#keys.socket]: NOBODY_YET })
  }

  /** Gives it a client. */
  give({ request, socket, head }: Handover): void {
    Object.assign(request, { [this.#keys.socket]: socket, [this.#keys.head]: head })
  }
}

/** A route's handler as Fastify calls it. */
export type RouteHandler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown

/**
 * Adds an `onRoute` hook that runs before the one of @fastify/websocket, which hides every handler behind its own. Where
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

function removeListener({ server }: FastifyInstance): void {
  const theirs = server.listeners('upgrade').find(({ name }) => name === 'onUpgrade')
  if (theirs) server.off('upgrade', theirs as Listener)
}

/** Its keys are its secret, but its test kit shows a request that carries them to whoever listens. */
function findKeys({ server, injectWS }: FastifyInstance): { socket: symbol; head: symbol } {
  const others = server.rawListeners('upgrade')
  server.removeAllListeners('upgrade')
  let keys: { socket?: symbol | undefined; head?: symbol | undefined } = {}
  server.once('upgrade', (request, socket, head) => {
    const carried = Object.getOwnPropertySymbols(request)
    const holding = (value: unknown): symbol | undefined => carried.find((key) => Reflect.get(request, key) === value)
    keys = { socket: holding(socket), head: holding(head) }
  })
  void injectWS('/')
  for (const other of others) server.on('upgrade', other as Listener)
  const { socket, head } = keys
  if (socket && head) return { socket, head }
  throw new Error('This version of @fastify/websocket is not known to @wshub/fastify; its 11.x is.')
}
