import { createServer, type IncomingMessage } from 'node:http'
import { attach, type AttachOptions, isUpgrade, upgrade } from '@wshub/express'
import express, { type Express, type Request, type RequestHandler, type Router } from 'express'
import express4 from 'express4'
import { MiddlewareApp, testApps } from './middleware-app.js'
import type { Callable } from './middleware-runs.js'

/** Adds a page and a hub at one path; both answer with the user of the request. */
export type Serve = (
  router: Pick<Router, 'get'>,
  path: string,
  before?: readonly RequestHandler[],
  who?: (request: Request) => unknown,
) => void

/** The parts of a test's app. */
export interface Parts {
  readonly app: Express
  readonly serve: Serve
  readonly testApp: MiddlewareApp
  readonly framework: typeof express
}

/** The supported versions of Express. */
export const versions = [
  { name: 'Express 5', framework: express },
  { name: 'Express 4', framework: express4 as unknown as typeof express },
]

/** Opens Express apps whose middleware is watched, for the tests of the surrounding `describe`. */
export function expressSites(framework: typeof express) {
  const keep = testApps()
  return (build: (parts: Parts) => void, options?: AttachOptions): Promise<MiddlewareApp> => {
    const testApp = keep(new MiddlewareApp())
    const app = framework()
    app.set('env', 'test')
    const use = app.use.bind(app) as (...args: unknown[]) => Express
    app.use = ((...args: unknown[]) => use(...args.flat().map((one) => watched(testApp, one)))) as Express['use']
    build({ app, testApp, framework, serve: serveOn(testApp) })
    const server = createServer(app)
    server.prependListener('request', testApp.note)
    testApp.later(attach(server, options))
    return testApp.listen(server)
  }
}

function serveOn(testApp: MiddlewareApp): Serve {
  return (router, path, before = [], who = () => null) => {
    router.get(
      path,
      ...before.map((one) => watched(testApp, one)),
      (req, res, next) => (isUpgrade(req) ? next() : void res.type('json').send(JSON.stringify(who(req) ?? null))),
      upgrade(testApp.hub, (req) => ({ data: who(req as unknown as Request) })),
    )
  }
}

function watched<T>({ middlewareRuns }: MiddlewareApp, middleware: T): T {
  if (typeof middleware !== 'function') return middleware
  return middlewareRuns.watch(
    middleware as T & Callable,
    (args) => (args.length > 3 ? args[1] : args[0]) as IncomingMessage,
  )
}
