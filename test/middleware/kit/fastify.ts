import type { IncomingMessage } from 'node:http'
import wshub = require('@wshub/fastify')
import fastify, { type FastifyInstance, type FastifyRequest, type RouteShorthandOptions } from 'fastify'
import { MiddlewareApp, testApps } from './middleware-app.js'

export type Who = (request: FastifyRequest) => unknown

/** Adds a page and a hub at one path; both answer with the user of the request. */
export type Serve = (app: FastifyInstance, path: string, options?: RouteShorthandOptions, who?: Who) => void

/** The parts of a test's app. */
export interface Parts {
  readonly app: FastifyInstance
  readonly serve: Serve
  readonly testApp: MiddlewareApp
}

/** Whether wshub is registered before the plugins of a test or after them. */
export const orders = [
  { order: 'before', first: true },
  { order: 'after', first: false },
]

type AddHook = (name: string, hook: (...args: never[]) => unknown) => unknown
type Build = (parts: Parts) => unknown
type WshubOptions = wshub.WshubOptions

/** Opens Fastify apps whose hooks are watched, those of plugins too, for the tests of the surrounding `describe`. */
export function fastifySites(first: boolean) {
  const keep = testApps()
  return async (plugins: Build, routes: Build, options: WshubOptions = {}): Promise<MiddlewareApp> => {
    const testApp = keep(new MiddlewareApp())
    const app = fastify({ logger: { level: 'info', stream: { write: (line: string) => void testApp.log.push(line) } } })
    testApp.later(() => app.close())
    app.addHook('onRequest', async (request, reply) => testApp.note(request.raw, reply.raw))
    watchHooks(app, testApp)
    const parts = { app, testApp, serve: serveOn(testApp) }
    if (first) await app.register(wshub, options)
    await plugins(parts)
    if (!first) await app.register(wshub, options)
    await routes(parts)
    await app.ready()
    return testApp.listen(app.server)
  }
}

function serveOn(testApp: MiddlewareApp): Serve {
  return (app, url, options = {}, who = () => null) => {
    app.route({
      ...options,
      method: 'GET',
      url,
      handler: async (request, reply) => reply.type('application/json').send(JSON.stringify(who(request) ?? null)),
      wsHandler: wshub.upgrade(testApp.hub, (request) => ({ data: who(request as unknown as FastifyRequest) })),
    })
  }
}

const PER_REQUEST = new Set([
  'onRequest',
  'preParsing',
  'preValidation',
  'preHandler',
  'onSend',
  'onResponse',
  'onError',
])

const requestOf = ([request]: readonly unknown[]): IncomingMessage => (request as FastifyRequest).raw

function watchHooks(app: FastifyInstance, { middlewareRuns }: MiddlewareApp): void {
  const { addHook } = app as unknown as { addHook: AddHook }
  Object.assign(app, {
    addHook(this: unknown, name: string, hook: (...args: never[]) => unknown): unknown {
      return Reflect.apply(addHook, this, [name, PER_REQUEST.has(name) ? middlewareRuns.watch(hook, requestOf) : hook])
    },
  })
}
