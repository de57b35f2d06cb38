import fastifyWebsocket from '@fastify/websocket'
import { attach, type AttachOptions, type Hub, isUpgrade, surrender } from '@wshub/core'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { hubOf } from './handler.js'
import { addFirst, Neighbour, type RouteHandler } from './neighbour.js'

/** Options of the plugin: those of `attach`, and whether the app's end is the hubs' end. */
export interface WshubOptions extends Omit<AttachOptions, 'dispatch'> {
  /** Closes the hubs of the app's routes when the app closes. @default true */
  readonly closeHubs?: boolean
}

type Route = Omit<RouteOptions, 'wsHandler'> & { readonly websocket?: boolean; readonly wsHandler?: unknown }

/** Brings the upgrades of a Fastify app through its hooks to its routes. */
export async function plugin(fastify: FastifyInstance, options: WshubOptions): Promise<void> {
  const { closeHubs = true, ...attachOptions } = options
  const hubs = new Set<Pick<Hub, 'close'>>()
  const originals = new WeakMap<Route, RouteHandler>()
  addFirst(fastify, (route) => void originals.set(route, route.handler))
  if (!fastify.hasDecorator('websocketServer')) await fastify.register(fastifyWebsocket)
  const neighbour = new Neighbour(fastify)

  fastify.addHook('onRoute', (route: Route) => {
    const original = originals.get(route) as RouteHandler
    const hub = hubOf(original) ?? hubOf(route.wsHandler)
    if (hub) hubs.add(hub)
    route.handler = handlerOf(route, original, neighbour)
  })

  const detach = attach(fastify.server, {
    ...attachOptions,
    dispatch(request, response) {
      neighbour.announce(request)
      fastify.routing(request, response)
    },
  })
  fastify.addHook('preClose', async () => {
    detach()
    if (closeHubs) await Promise.all([...hubs].map((hub) => hub.close()))
  })
}

/** Whose handler serves a route, now that @fastify/websocket has put its own before every one. */
function handlerOf(route: Route, original: RouteHandler, neighbour: Neighbour): RouteHandler {
  if (hubOf(original)) return original
  if (hubOf(route.wsHandler)) return either(route.wsHandler as RouteHandler, original)
  return route.websocket || route.wsHandler ? handingOver(route.handler, neighbour) : original
}

/** A socket and a page on one path. */
function either(socket: RouteHandler, page: RouteHandler): RouteHandler {
  return function (request, reply) {
    return (isUpgrade(request.raw) ? socket : page).call(this, request, reply)
  }
}

/** A route of @fastify/websocket itself: it gets the client, and what the client has sent. */
function handingOver(theirs: RouteHandler, neighbour: Neighbour): RouteHandler {
  return function (request, reply) {
    const handover = surrender(request.raw)
    if (handover) neighbour.give(handover)
    return theirs.call(this, request, reply)
  }
}
