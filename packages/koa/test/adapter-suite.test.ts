import { createServer, type RequestListener } from 'node:http'
import Router, { type RouterMiddleware } from '@koa/router'
import {
  type AdapterApp,
  type AdapterReply,
  type AdapterRequest,
  type AdapterRoute,
  type AdapterScope,
  type AdapterStep,
  defineAdapterSuite,
} from '@wshub/core/testing'
import { attach, handOver, isUpgrade, upgrade } from '@wshub/koa'
import Koa2 from 'koa2'
import Koa3 from 'koa3'

type Context = Koa3.ParameterizedContext & { readonly params?: Record<string, string> }

function requestOf(context: Context): AdapterRequest {
  return {
    request: context.req,
    params: context.params ?? {},
    state: context.state,
    isUpgrade: isUpgrade(context),
  }
}

function send(context: Context, { status, headers = {}, body = '' }: AdapterReply): void {
  context.body = body
  context.status = status
  context.set({ ...headers })
}

function middleware(step: AdapterStep): RouterMiddleware {
  return async (context, next) => {
    const reply = await step(requestOf(context), (name, value) => context.append(name, value))
    if (reply) send(context, reply)
    else await next()
  }
}

function addRoute(router: Router, { path, steps, upgrade: to, handOver: other }: AdapterRoute): void {
  const before = steps.map(middleware)
  if (to) {
    const { hub, describe, options } = to
    router.get(path, ...before, upgrade(hub, describe && ((context) => describe(requestOf(context))), options))
  } else if (other) router.get(path, ...before, handOver(other.server, other.options))
  else router.get(path, ...before)
}

function build(router: Router, { steps, routes, scopes }: AdapterScope): Router {
  for (const step of steps) router.use(middleware(step))
  for (const route of routes) addRoute(router, route)
  for (const scope of scopes) router.use(build(new Router({ prefix: scope.prefix }), scope).routes())
  return router
}

const start = (Framework: typeof Koa3) => (app: AdapterApp) => {
  const koa = new Framework({ proxy: app.trustProxy })
  const { around } = app
  if (around) koa.use((_context, next) => around(next))
  koa.use(async (context, next) => {
    try {
      await next()
      if (context.status === 404) send(context, app.notFound())
    } catch (error) {
      send(context, app.onError(error))
    }
  })
  koa.use(build(new Router(), app).routes())
  const server = createServer(koa.callback() as RequestListener)
  return { server, detach: attach(server, app.attach) }
}

defineAdapterSuite('of Koa 3', { start: start(Koa3) })
defineAdapterSuite('of Koa 2', { start: start(Koa2 as unknown as typeof Koa3) })
