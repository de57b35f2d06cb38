import { createServer } from 'node:http'
import {
  type AdapterApp,
  type AdapterReply,
  type AdapterRequest,
  type AdapterRoute,
  type AdapterScope,
  type AdapterStep,
  defineAdapterSuite,
} from '@wshub/core/testing'
import { attach, handOver, isUpgrade, upgrade } from '@wshub/express'
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import express4 from 'express4'

type Framework = typeof express

function requestOf(request: Request): AdapterRequest {
  return {
    request,
    params: request.params as Record<string, string>,
    state: request.res?.locals ?? {},
    isUpgrade: isUpgrade(request),
  }
}

function send(response: Response, { status, headers = {}, body = '' }: AdapterReply): void {
  response.status(status).set(headers).send(body)
}

// Express 4 does not catch what an async function throws.
function middleware(step: AdapterStep): RequestHandler {
  return (request, response, next) => {
    const run = async (): Promise<void> => {
      const reply = await step(requestOf(request), (name, value) => void response.append(name, value))
      if (reply) send(response, reply)
      else next()
    }
    run().catch(next)
  }
}

function addRoute(router: Router, { path, steps, upgrade: to, handOver: other }: AdapterRoute): void {
  const before = steps.map(middleware)
  if (to) {
    const { hub, describe, options } = to
    router.get(path, ...before, upgrade(hub, describe && ((request) => describe(requestOf(request))), options))
  } else if (other) router.get(path, ...before, handOver(other.server, other.options))
  else router.get(path, ...before)
}

function build(framework: Framework, router: Router, { steps, routes, scopes }: AdapterScope): void {
  for (const step of steps) router.use(middleware(step))
  for (const route of routes) addRoute(router, route)
  for (const scope of scopes) {
    const inner = framework.Router({ mergeParams: true })
    build(framework, inner, scope)
    router.use(scope.prefix, inner)
  }
}

const start = (framework: Framework) => (app: AdapterApp) => {
  const native = framework()
  native.set('trust proxy', app.trustProxy)
  const { around } = app
  if (around) native.use((_request, _response, next) => void around(next))
  build(framework, native, app)
  native.use((_request, response) => send(response, app.notFound()))
  const failed: ErrorRequestHandler = (error, _request, response, _next) => send(response, app.onError(error))
  native.use(failed)
  const server = createServer(native)
  return { server, detach: attach(server, app.attach) }
}

defineAdapterSuite('of Express 5', { start: start(express) })
defineAdapterSuite('of Express 4', { start: start(express4 as unknown as Framework) })
