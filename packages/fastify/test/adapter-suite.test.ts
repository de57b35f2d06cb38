import {
  type AdapterApp,
  type AdapterReply,
  type AdapterRequest,
  type AdapterRoute,
  type AdapterScope,
  type AdapterServer,
  type AdapterStep,
  defineAdapterSuite,
} from '@wshub/core/testing'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { isUpgrade, upgrade } from '@wshub/fastify'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteHandlerMethod } from 'fastify'

const states = new WeakMap<FastifyRequest, Record<string, unknown>>()

function stateOf(request: FastifyRequest): Record<string, unknown> {
  const state = states.get(request) ?? {}
  states.set(request, state)
  return state
}

function requestOf(request: FastifyRequest): AdapterRequest {
  const { raw, params } = request
  return {
    request: raw,
    params: params as Record<string, string>,
    state: stateOf(request),
    isUpgrade: isUpgrade(request),
  }
}

function send(reply: FastifyReply, { status, headers = {}, body = '' }: AdapterReply): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

const hook = (step: AdapterStep) => async (request: FastifyRequest, reply: FastifyReply) => {
  const answer = await step(requestOf(request), (name, value) => void reply.header(name, value))
  return answer ? send(reply, answer) : undefined
}

function handlerOf({ upgrade: to }: AdapterRoute): RouteHandlerMethod {
  if (!to) return async () => 'a page'
  const { hub, describe, options } = to
  return upgrade(hub, describe && ((request) => describe(requestOf(request))), options)
}

async function build(fastify: FastifyInstance, { steps, routes, scopes }: AdapterScope): Promise<void> {
  for (const step of steps) fastify.addHook('preHandler', hook(step))
  for (const route of routes) fastify.get(route.path, { preHandler: route.steps.map(hook) }, handlerOf(route))
  for (const scope of scopes) await fastify.register((inner) => build(inner, scope), { prefix: scope.prefix })
}

async function start(app: AdapterApp): Promise<AdapterServer> {
  const fastify = Fastify({ trustProxy: app.trustProxy })
  const { around } = app
  if (around) fastify.addHook('onRequest', (_request, _reply, done) => void around(done))
  fastify.setErrorHandler((error, _request, reply) => send(reply, app.onError(error)))
  fastify.setNotFoundHandler((_request, reply) => send(reply, app.notFound()))
  await fastify.register(wshub, app.attach)
  await build(fastify, app)
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  return { server: fastify.server, close: () => fastify.close() }
}

// The plugin undoes its attach when the app closes. Routes for other WebSocket servers are those of @fastify/websocket.
defineAdapterSuite('of Fastify 5', { start, lacks: ['detach', 'hand-over'] })
