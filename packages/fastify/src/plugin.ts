import { isDeepStrictEqual } from 'node:util'
import fastifyWebsocket from '@fastify/websocket'
import { type AttachOptions } from '@wshub/core'
import { isUpgrade, AccessPolicy, releaseUpgrade } from '@wshub/core/adapter'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { requestInfo, hasLooseHandlers, hubOf } from './upgrade.js'
import { addFirst, FastifyWebsocketBridge, type RouteHandler } from './fastify-websocket-bridge.js'
import { ownScopeOf, scopeOf, setScope } from './scope.js'
import { closeWithApp, joinServerScope } from './server-scope.js'
import { runTrial, type TrialRefusal, refuse } from './upgrade-trial.js'

/** Options of the plugin: those of `attach`, and how the hubs of the app end. */
export interface WshubOptions extends Omit<AttachOptions, 'dispatch'> {
  /** Closes the hubs that the routes of the scope lead to when the app closes. @default true */
  readonly closeHubs?: boolean | undefined
  /**
   * Milliseconds that the hubs may take to close; clients that are still there are dropped then. It must be below the
   * app's `pluginTimeout`.
   * @default 80 % of `pluginTimeout`, 8,000 at most
   */
  readonly within?: number | undefined
}

type Route = Omit<RouteOptions, 'wsHandler'> & { readonly websocket?: boolean; readonly wsHandler?: unknown }

/** Brings the upgrades of a Fastify app through its hooks to its routes. */
export async function plugin(fastify: FastifyInstance, options: WshubOptions): Promise<void> {
  const { closeHubs = true, origins, hosts, ...siteOptions } = options
  if (isRepeated(fastify, options)) return
  const policy = new AccessPolicy({ origins, hosts })
  const outer = scopeOf(fastify)
  const site = joinServerScope(fastify, siteOptions)
  setScope(fastify, { site, policy, closeHubs, options })
  site.addPolicy(policy)
  // The hooks of the outer registration run here too.
  if (!outer) site.addNeighbour(await wire(fastify))
}

/** @throws TypeError if this very scope has the plugin with other options */
function isRepeated(fastify: FastifyInstance, options: WshubOptions): boolean {
  const own = ownScopeOf(fastify)
  if (!own) return false
  if (isDeepStrictEqual(own.options, options)) return true
  throw new TypeError(
    '@wshub/fastify is registered twice in one scope, with different options. Register it once, or in scopes of their own.',
  )
}

/** Adds the hooks that tell routes of `upgrade()` from those of @fastify/websocket. */
async function wire(fastify: FastifyInstance): Promise<FastifyWebsocketBridge> {
  const originals = new WeakMap<Route, RouteHandler>()
  addFirst(fastify, (route) => void originals.set(route, route.handler))
  if (!fastify.hasDecorator('websocketServer')) await fastify.register(fastifyWebsocket)
  const bridge = new FastifyWebsocketBridge(fastify)
  fastify.addHook('onRoute', function hook(this: FastifyInstance, route: Route) {
    const original = originals.get(route) as RouteHandler
    const hub = hubOf(original) ?? hubOf(route.wsHandler)
    if (hub) closeWithApp(this, hub)
    route.handler = handlerOf(route, original, bridge)
  })
  return bridge
}

/** Whose handler serves a route, now that @fastify/websocket has put its own before every one. */
function handlerOf(route: Route, original: RouteHandler, bridge: FastifyWebsocketBridge): RouteHandler {
  if (hubOf(original)) return original
  if (hubOf(route.wsHandler)) return either(route.wsHandler as RouteHandler, original)
  return route.websocket || route.wsHandler ? handingOver(route.handler, bridge) : original
}

/** A socket and a page on one path. */
function either(socket: RouteHandler, page: RouteHandler): RouteHandler {
  return function (request, reply) {
    return (isUpgrade(request.raw) ? socket : page).call(this, request, reply)
  }
}

/** A route of @fastify/websocket itself, or one whose handler calls `upgrade()`. */
function handingOver(theirs: RouteHandler, bridge: FastifyWebsocketBridge): RouteHandler {
  return function (request, reply) {
    if (!isUpgrade(request.raw)) return theirs.call(this, request, reply)
    const refusal = refusalOf(request)
    if (hasLooseHandlers()) return runTrial({ route: this, handler: theirs, bridge, refusal }, request, reply)
    if (refusal) return refuse(reply, refusal)
    const upgrade = releaseUpgrade(request.raw)
    if (upgrade) bridge.give(upgrade)
    return theirs.call(this, request, reply)
  }
}

/** Their routes let in the pages that the plugin lets in. */
function refusalOf(request: FastifyRequest): TrialRefusal | undefined {
  const { host = '', secure, policy } = requestInfo(request)
  return policy?.check(request.raw, { host, secure }, undefined)?.refusal
}
