import fastifyWebsocket from '@fastify/websocket'
import { isUpgrade, releaseUpgrade } from '@wshub/core/adapter'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { requestInfo } from '../request-info.js'
import { closeWithApp } from '../server-scope.js'
import { hasUnseenHandlers, type RouteHandler, upgradeRouteOf } from '../upgrade-route.js'
import { SocketAccess } from './withheld-socket.js'
import { addFirstRouteHook } from './first-route-hook.js'
import { refuse, runTrial, type TrialRefusal } from './upgrade-trial.js'

type Route = Omit<RouteOptions, 'wsHandler'> & { readonly websocket?: boolean; readonly wsHandler?: unknown }

/**
 * Registers @fastify/websocket, unless the app has done so, and gives each route its handler: that of `upgrade()`, that of
 * @fastify/websocket, or the plain one.
 */
export async function addFastifyWebsocket(fastify: FastifyInstance): Promise<SocketAccess> {
  const originals = new WeakMap<Route, RouteHandler>()
  addFirstRouteHook(fastify, (route) => void originals.set(route, route.handler))
  if (!fastify.hasDecorator('websocketServer')) await fastify.register(fastifyWebsocket)
  const access = new SocketAccess(fastify)
  fastify.addHook('onRoute', function hook(this: FastifyInstance, route: Route) {
    const original = originals.get(route) ?? route.handler
    const hub = (upgradeRouteOf(original) ?? upgradeRouteOf(route.wsHandler))?.hub
    if (hub) closeWithApp(this, hub)
    route.handler = handlerOf(route, original, access)
  })
  return access
}

/** @param original the handler of the app, which @fastify/websocket has replaced by one of its own on every route */
function handlerOf(route: Route, original: RouteHandler, access: SocketAccess): RouteHandler {
  if (upgradeRouteOf(original)) return original
  const socket = upgradeRouteOf(route.wsHandler)
  if (socket) return socketOrPage(socket.handler, original)
  return route.websocket || route.wsHandler ? theirRoute(route.handler, access) : original
}

/** A socket and a page on one path. */
function socketOrPage(socket: RouteHandler, page: RouteHandler): RouteHandler {
  return function (request, reply) {
    return (isUpgrade(request.raw) ? socket : page).call(this, request, reply)
  }
}

/** A route of @fastify/websocket, or one whose own handler calls `upgrade()`. */
function theirRoute(theirs: RouteHandler, access: SocketAccess): RouteHandler {
  return function (request, reply) {
    if (!isUpgrade(request.raw)) return theirs.call(this, request, reply)
    const refusal = refusalOf(request)
    if (hasUnseenHandlers()) return runTrial({ route: this, handler: theirs, access, refusal }, request, reply)
    if (refusal) return refuse(reply, refusal)
    const upgrade = releaseUpgrade(request.raw)
    if (upgrade) access.give(upgrade)
    return theirs.call(this, request, reply)
  }
}

/** Routes of @fastify/websocket obey the origins and hosts of the plugin. */
function refusalOf(request: FastifyRequest): TrialRefusal | undefined {
  const { host = '', secure, policy } = requestInfo(request)
  return policy?.check(request.raw, { host, secure }, undefined)?.refusal
}
