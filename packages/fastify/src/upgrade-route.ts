import type { Hub } from '@wshub/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** A route's handler as Fastify calls it. */
export type RouteHandler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown

/** A handler of `upgrade()` and its hub. */
export interface UpgradeRoute {
  readonly hub: Pick<Hub, 'close'>
  readonly handler: RouteHandler
}

const routes = new WeakMap<object, UpgradeRoute>()
/** Handlers of `upgrade()` that were not found on a route: the app may call them from handlers of its own. */
const unseen = new WeakSet<object>()
let unseenCount = 0

/** Remembers a handler of `upgrade()`, so that it is recognised on a route. */
export function rememberUpgradeRoute(route: UpgradeRoute): void {
  routes.set(route.handler, route)
  unseen.add(route.handler)
  unseenCount += 1
}

/** The hub and the handler, if `upgrade()` made a route's handler; otherwise `undefined`. The handler then counts as seen. */
export function upgradeRouteOf(handler: unknown): UpgradeRoute | undefined {
  if (typeof handler !== 'function') return undefined
  if (unseen.delete(handler)) unseenCount -= 1
  return routes.get(handler)
}

/** Whether a handler of `upgrade()` was not seen on a route, so that a handler of the app may call it. */
export function hasUnseenHandlers(): boolean {
  return unseenCount > 0
}
