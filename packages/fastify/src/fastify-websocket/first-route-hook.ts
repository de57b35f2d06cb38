import type { FastifyInstance, onRouteHookHandler } from 'fastify'

/**
 * Adds an `onRoute` hook that runs before the one of @fastify/websocket, which replaces every handler. If the app has
 * already registered that plugin, the hook must go to the front of Fastify's own list of hooks, which is private.
 * @throws Error if Fastify has no such list
 */
export function addFirstRouteHook(fastify: FastifyInstance, hook: onRouteHookHandler): void {
  if (!fastify.hasDecorator('websocketServer')) return void fastify.addHook('onRoute', hook)
  const key = Object.getOwnPropertySymbols(fastify).find(({ description }) => description === 'fastify.hooks')
  const hooks: unknown = key && Reflect.get(fastify, key)
  const { onRoute }: { onRoute?: unknown } = Object(hooks)
  if (!Array.isArray(onRoute))
    throw new Error('Register @wshub/fastify before @fastify/websocket, or leave that to it.')
  onRoute.unshift(hook)
}
