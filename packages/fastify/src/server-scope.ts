import type { IncomingMessage } from 'node:http'
import { type AttachOptions, type Hub } from '@wshub/core'
import { AccessPolicy, attachAdapter } from '@wshub/core/adapter'
import type { FastifyInstance } from 'fastify'
import type { SocketAccess } from './fastify-websocket/withheld-socket.js'
import { Scope } from './scope.js'

type ClosableHub = Pick<Hub, 'close'>

/** The options that apply to the whole server, whichever scope registers the plugin. */
export interface ServerScopeOptions extends Omit<AttachOptions, 'dispatch' | 'origins' | 'hosts'> {
  readonly within?: number | undefined
}

/** Avvio's default. */
const DEFAULT_PLUGIN_TIMEOUT_MS = 10_000

const serverScopes = new WeakMap<object, ServerScope>()

/**
 * The server scope of an app. Its first registration creates it.
 * @throws TypeError if an option is wrong, or differs from the same option of an earlier registration
 */
export function joinServerScope(fastify: FastifyInstance, options: ServerScopeOptions): ServerScope {
  const known = serverScopes.get(fastify.server)
  known?.assertSame(options)
  return known ?? new ServerScope(fastify, options)
}

/** Closes a hub with the app that a request or route belongs to, unless the scope of the route has `closeHubs: false`. */
export function closeWithApp(fastify: FastifyInstance, hub: ClosableHub): void {
  if (Scope.of(fastify)?.closeHubs !== false) serverScopes.get(fastify.server)?.addHub(hub)
}

/** The HTTP server of a Fastify app: its upgrades, and the hubs of its routes. */
export class ServerScope {
  readonly #options: ServerScopeOptions
  readonly #within: number
  readonly #hubs = new Set<ClosableHub>()
  readonly #policies: AccessPolicy[] = []
  readonly #accesses = new Set<SocketAccess>()
  readonly #detach: () => void
  #closing = false

  constructor(fastify: FastifyInstance, options: ServerScopeOptions) {
    const { within, ...attachOptions } = options
    const { server } = fastify
    this.#options = options
    this.#within = withinOf(fastify, within)
    // Upgrades also reach routes outside of the scope that registers the plugin, where pages of the request's own host may connect.
    if (!isRoot(fastify)) this.#policies.push(new AccessPolicy({}))
    const dispatch = (request: IncomingMessage, response: unknown): void => {
      for (const access of this.#accesses) access.withhold(request)
      // Not `fastify.routing`, so that a serverFactory or an instrumentation in front of Fastify sees upgrades like other requests.
      if (!server.emit('request', request, response))
        throw new Error('The server of this Fastify app has no "request" listener: its serverFactory has to add one.')
    }
    this.#detach = attachAdapter(server, { ...attachOptions, dispatch }, { policies: () => this.#policies })
    fastify.addHook('preClose', () => this.#close())
    serverScopes.set(server, this)
  }

  /** @throws TypeError that names the option on which two registrations differ */
  assertSame(options: ServerScopeOptions): void {
    for (const key of new Set([...Object.keys(options), ...Object.keys(this.#options)])) {
      if (Reflect.get(options, key) === Reflect.get(this.#options, key)) continue
      throw new TypeError(
        `@wshub/fastify is registered twice on one server, with different values of ${key}, which holds for all of it. ` +
          'Register it once in the scope around both, with its origins and hosts in the scopes.',
      )
    }
  }

  addPolicy(policy: AccessPolicy): void {
    this.#policies.push(policy)
  }

  addAccess(access: SocketAccess): void {
    this.#accesses.add(access)
  }

  /** Closes a hub with the app, or at once if the app is already closing, because a handshake may have begun before that. */
  addHub(hub: ClosableHub): void {
    this.#hubs.add(hub)
    if (this.#closing) void hub.close({ within: this.#within })
  }

  async #close(): Promise<void> {
    this.#closing = true
    this.#detach()
    await Promise.all(Array.from(this.#hubs, (hub) => hub.close({ within: this.#within })))
  }
}

/** Milliseconds that hubs may take to close. Avvio fails `app.close()` if a `preClose` hook takes longer than `pluginTimeout`. */
function withinOf({ initialConfig }: FastifyInstance, within: number | undefined): number {
  const { pluginTimeout = DEFAULT_PLUGIN_TIMEOUT_MS } = initialConfig
  const most = pluginTimeout === 0 ? Infinity : pluginTimeout
  if (within === undefined) return Math.min(DEFAULT_PLUGIN_TIMEOUT_MS, most) * 0.8
  if (typeof within === 'number' && within >= 0 && within < most) return within
  throw new TypeError(
    `The option within must be a number of at least 0 (ms) and below the app's pluginTimeout of ${most}, not ${within}.`,
  )
}

/** Whether an instance is the app itself: the instance of a scope has that of the outer scope as its prototype. */
function isRoot(fastify: FastifyInstance): boolean {
  return !('register' in Object.getPrototypeOf(fastify))
}
