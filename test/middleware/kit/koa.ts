import { createServer } from 'node:http'
import { attach, type AttachOptions, isUpgrade, upgrade } from '@wshub/koa'
import Koa, { type Context, type Middleware } from 'koa'
import { MiddlewareApp, testApps } from './middleware-app.js'

/** The methods that routers and apps of all versions share. */
interface Routes {
  get(path: string, ...middleware: Middleware[]): unknown
}

/** Adds a page and a hub at one path; both answer with the user of the request. */
export type Serve = (router: object, path: string, before?: readonly Middleware[], who?: Who) => void
export type Who = (context: Context) => unknown

/** The parts of a test's app. */
export interface Parts {
  readonly app: Koa
  /** A page and a hub as a middleware that does not call next(). */
  readonly end: (who?: Who) => Middleware
  readonly serve: Serve
  readonly testApp: MiddlewareApp
}

/** The supported versions of Koa. */
export const versions = [
  { name: 'Koa 3', framework: Koa },
  { name: 'Koa 2', framework: jest.requireActual<typeof Koa>('koa2') },
]

/** Opens Koa apps whose middleware is watched, for the tests of the surrounding `describe`. */
export function koaSites(framework: typeof Koa) {
  const keep = testApps()
  return (build: (parts: Parts) => void, options?: AttachOptions): Promise<MiddlewareApp> => {
    const testApp = keep(new MiddlewareApp())
    const app = new framework({ keys: ['not a secret'] })
    app.silent = true
    const watch = (one: Middleware): Middleware =>
      testApp.middlewareRuns.watch(one, ([context]) => (context as Context).req)
    const use = app.use.bind(app)
    app.use = ((one: Middleware) => use(watch(one))) as Koa['use']
    const end = endOn(testApp)
    build({
      app,
      testApp,
      end,
      serve: (router, path, before = [], who) => void (router as Routes).get(path, ...before.map(watch), end(who)),
    })
    const answer = app.callback()
    const server = createServer((request, response) => void answer(request, response))
    server.prependListener('request', testApp.note)
    testApp.later(attach(server, options))
    return testApp.listen(server)
  }
}

function endOn(testApp: MiddlewareApp): Parts['end'] {
  return (who = () => null) => {
    const join = upgrade(testApp.hub, (context) => ({ data: who(context as unknown as Context) }))
    return async (context) => {
      if (isUpgrade(context)) return join(context)
      context.type = 'json'
      context.body = JSON.stringify(who(context) ?? null)
      return undefined
    }
  }
}
