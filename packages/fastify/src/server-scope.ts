import type { IncomingMessage } from 'node:http'
import { type AttachOptions, type Hub } from '@wshub/core'
import { AccessPolicy, attachAdapter } from '@wshub/core/adapter'
import type { FastifyInstance } from 'fastify'
import type { FastifyWebsocketBridge } from './fastify-websocket-bridge.js'
import { scopeOf } from './scope.js'

type Closable = Pick<Hub, 'close'>

/** The options that hold for the whole server, whatever scope registers the plugin. */
export interface ServerScopeOptions extends Omit<AttachOptions, 'dispatch' | 'origins' | 'hosts'> {
  readonly within?: number | undefined
}

/** Avvio's own default; ms. */
const DEFAULT_PLUGIN_TIMEOUT_MS = 10_000

const sites = new WeakMap<object, ServerScope>()

/** The site of the app that serves a request; `undefined` if no scope of it has registered the plugin. */
export function serverScopeOf({ server }: Pick<FastifyInstance, 'server'>): ServerScope | undefined {
  return sites.get(server)
}

/**
 * The site of an app, which its first registration makes.
 * @throws TypeError if an option is wrong, or differs from what an earlier registration said of the whole server
 */
export function joinServerScope(fastify: FastifyInstance, options: ServerScopeOptions): ServerScope {
  const known = serverScopeOf(fastify)
  known?.assertSame(options)
  return known ?? new ServerScope(fastify, options)
}

/** The HTTP server of a Fastify app: the upgrades that come to it, and the hubs that they lead to. */
export class ServerScope {
  readonly #options: ServerScopeOptions
  readonly #within: number
  readonly #hubs = new Set<Closable>()
  readonly #policies: AccessPolicy[] = []
  readonly #bridges = new Set<FastifyWebsocketBridge>()
  readonly #detach: () => void
  #closing = false

  constructor(fastify: FastifyInstance, options: ServerScopeOptions) {
    const { within, ...attachOptions } = options
    const { server } = fastify
    this.#options = options
    this.#within = withinOf(fastify, within)
    // Routes outside of the scope that registers the plugin are reached too; they let in pages of their own host.
    if (!isRoot(fastify)) this.#policies.push(new AccessPolicy({}))
    const dispatch = (request: IncomingMessage, response: unknown): void => {
      for (const bridge of this.#bridges) bridge.announce(request)
      // As pages come: what stands before Fastify on the server sees upgrades too.
      if (!server.emit('request', request, response))
        throw new Error('The server of this Fastify app has no "request" listener: its serverFactory has to add one.')
    }
    this.#detach = attachAdapter(server, { ...attachOptions, dispatch }, { policies: () => this.#policies })
    fastify.addHook('preClose', () => this.#close())
    sites.set(server, this)
  }

  /** @throws TypeError that names the option on which two registrations differ */
  assertSame(options: ServerScopeOptions): void {
    for (const key of new Set([...Object.keys(options), ...Object.keys(this.#options)]) as Set<
      keyof ServerScopeOptions
    >) {
      if (options[key] === this.#options[key]) continue
      throw new TypeError(
        `@wshub/fastify is registered twice on one server, with different values of ${key}, which holds for all of it. ` +
          'Register it once in the scope around both, with its origins and hosts in the scopes.',
      )
    }
  }

  addPolicy(policy: AccessPolicy): void {
    this.#policies.push(policy)
  }

  addNeighbour(bridge: FastifyWebsocketBridge): void {
    this.#bridges.add(bridge)
  }

  /** Closes a hub with the app. While the app closes, at once: a handshake may have been under way. */
  addHub(hub: Closable): void {
    this.#hubs.add(hub)
    if (this.#closing) void hub.close({ within: this.#within })
  }

  async #close(): Promise<void> {
    this.#closing = true
    this.#detach()
    await Promise.all(Array.from(this.#hubs, (hub) => hub.close({ within: this.#within })))
  }
}

/** Milliseconds that hubs may take to close; avvio gives up on a `preClose` hook after `pluginTimeout`. */
function withinOf({ initialConfig }: FastifyInstance, within: number | undefined): number {
  const { pluginTimeout = DEFAULT_PLUGIN_TIMEOUT_MS } = initialConfig
  const most = pluginTimeout === 0 ? Infinity : pluginTimeout
  if (within === undefined) return Math.min(DEFAULT_PLUGIN_TIMEOUT_MS, most) * 0.8
  if (typeof within === 'number' && within >= 0 && within < most) return within
  throw new TypeError(
    `The option within must be a number of at least 0 (ms) and below the app's pluginTimeout of ${most}, not ${within}.`,
  )
}

function isRoot(fastify: FastifyInstance): boolean {
  return !('register' in Object.getPrototypeOf(fastify))
}

/** Lets an app's end be the end of a hub that one of its routes leads to, unless the scope of the route says otherwise. */
export function closeWithApp(fastify: FastifyInstance, hub: Closable): void {
  if (scopeOf(fastify)?.closeHubs !== false) serverScopeOf(fastify)?.addHub(hub)
}
