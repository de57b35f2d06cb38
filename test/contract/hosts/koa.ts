import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import Router, { type RouterMiddleware } from '@koa/router'
import type { Hub } from '@wshub/core'
import { attach, isUpgrade, upgrade } from '@wshub/koa'
import Koa2 from 'koa2'
import Koa from 'koa3'
import logger from 'koa-logger'
import session from 'koa-session'
import type { App, Ask, CreateOptions, Door, Host, Plugin, Reply, Running, Step } from './host.js'
import { plugins } from './koa-plugins.js'
import { listen, socketsOf } from './listen.js'
import type { SessionStore } from './session-store.js'
import { afterStep } from './step.js'

type Context = Koa.ParameterizedContext & { readonly params?: Record<string, string>; session?: Session | null }
type Session = Record<string, unknown> & { readonly externalKey?: string }
type Middleware = (context: Context, next: () => Promise<unknown>) => unknown

class KoaApp implements App {
  readonly native: Koa | Router
  readonly #app: Koa
  /** Collects routes until the next middleware, which must run after them. */
  #routes: Router | undefined
  #answer: ((error: Error) => Reply) | undefined
  #last: Step | undefined

  constructor(app: Koa, native: Koa | Router) {
    this.#app = app
    this.native = native
    this.#use((context, next) => (this.#answer ? this.#guard(context, next) : next()))
  }

  use(...steps: Step[]): void {
    for (const step of steps) this.#use(middleware(step))
  }

  around(run: (next: () => unknown) => unknown): void {
    this.#use((_, next) => run(next))
  }

  get(path: string, ...steps: Step[]): void {
    this.#router().get(path, ...steps.map(onRoute))
  }

  ws(path: string, hub: Hub, { before = [], describe = () => ({}), options }: Door = {}): void {
    const last = upgrade(hub, (context) => describe(new KoaAsk(context as Context)), options)
    this.#router().get(path, ...before.map(onRoute), last)
  }

  scope(prefix: string, build: (app: App) => void): void {
    const inner = new Router({ prefix })
    const app = new KoaApp(this.#app, inner)
    build(app)
    app.finish()
    this.#router().use(inner.routes())
  }

  sessions(store: SessionStore): void {
    const shelf = {
      get: (id: string) => store.get(id),
      set: (id: string, data: object) => store.set(id, data),
      destroy: (id: string) => store.destroy(id),
    }
    this.#use(session({ store: shelf }, this.#app))
  }

  plug(plugin: Plugin): void {
    for (const one of plugins[plugin]?.() ?? []) this.#use(one)
  }

  onError(answer: (error: Error) => Reply): void {
    this.#answer = answer
  }

  fallback(step: Step): void {
    this.#last = step
  }

  /** The handler of paths without a route is the last middleware. */
  finish(): void {
    if (this.#last) this.use(this.#last)
  }

  #use(one: Middleware): void {
    this.#routes = undefined
    const use = this.native.use.bind(this.native) as (one: Middleware) => unknown
    use(one)
  }

  #router(): Router {
    if (this.native instanceof Router) return this.native
    if (this.#routes) return this.#routes
    const routes = new Router()
    this.#use(routes.routes() as unknown as Middleware)
    return (this.#routes = routes)
  }

  // The app's own error handler, as Koa's docs write it: the outermost middleware.
  async #guard(context: Context, next: () => Promise<unknown>): Promise<void> {
    try {
      await next()
    } catch (error) {
      if (this.#answer) send(context, this.#answer(error as Error))
    }
  }
}

class KoaAsk implements Ask {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  get req(): Ask['req'] {
    return this.#context.req
  }

  get res(): Ask['res'] {
    return this.#context.res
  }

  get params(): Ask['params'] {
    return this.#context.params ?? {}
  }

  get ip(): string {
    return this.#context.ip
  }

  get isUpgrade(): boolean {
    return isUpgrade(this.#context)
  }

  get session(): Record<string, unknown> {
    return this.#context.session as Session
  }

  get sessionId(): string {
    return this.#context.session?.externalKey ?? ''
  }

  // koa-session destroys the session after the middleware, when the response passes back.
  readonly endSession = async (): Promise<void> => {
    this.#context.session = null
  }
  readonly set = (name: string, value: string): void => this.#context.set(name, value)
  readonly cookie = (name: string, value: string): void => void this.#context.cookies.set(name, value)
}

function middleware(step: Step): Middleware {
  return (context, next) => afterStep(step(new KoaAsk(context)), (reply) => (reply ? send(context, reply) : next()))
}

function onRoute(step: Step): RouterMiddleware {
  return middleware(step)
}

function send(context: Context, { status = 200, headers = {}, body = '' }: Reply): void {
  context.body = body
  context.status = status
  context.set(headers)
}

function accessLog(log: string[]): Middleware {
  const finished = (_: string, [format, method, url, status]: unknown[]): void => {
    if (String(format).includes('-->')) log.push(`${String(method)} ${String(url)} ${String(status)}`)
  }
  return logger(finished)
}

function host(name: string, Framework: typeof Koa): Host {
  const create = async (build: (app: App) => void, options: CreateOptions = {}): Promise<Running> => {
    const { log, before, trustProxy = false } = options
    const native = new Framework({ proxy: trustProxy, keys: ['not a secret'] })
    // Errors reach the client; printing each one, too, is not useful.
    native.silent = true
    if (log) native.use(accessLog(log))
    const app = new KoaApp(native, native)
    build(app)
    app.finish()
    const server = serverOf(native, options)
    const sockets = socketsOf(server)
    before?.(server)
    return listen(server, sockets, attach(server, options.attach))
  }
  return { name, detaches: true, plugins: Object.keys(plugins) as Plugin[], create }
}

function serverOf(app: Koa, { tls, maxHeaderSize }: CreateOptions): Server {
  const options = maxHeaderSize === undefined ? {} : { maxHeaderSize }
  // The types of Koa include HTTP/2 requests.
  const listener = app.callback() as unknown as RequestListener
  return tls ? createTlsServer({ ...options, ...tls }, listener) : createServer(options, listener)
}

export const koas: readonly Host[] = [host('koa 2', Koa2 as unknown as typeof Koa), host('koa 3', Koa)]
