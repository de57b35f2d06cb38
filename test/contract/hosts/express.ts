import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { attach, isUpgrade, upgrade } from '@wshub/express'
import type { Hub } from '@wshub/core'
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import express4 from 'express4'
import session from 'express-session'
import morgan from 'morgan'
import { plugins } from './express-plugins.js'
import type { App, Ask, CreateOptions, Door, Host, Plugin, Reply, Running, Step } from './host.js'
import { listen, socketsOf } from './listen.js'
import type { SessionStore } from './session-store.js'
import { afterStep } from './step.js'

type Framework = typeof express
type Settle = (handler: AsyncHandler) => RequestHandler
type AsyncHandler = (...args: Parameters<RequestHandler>) => void | Promise<void>

// Express 4 ignores the promise that a handler returns, so its apps wrap async handlers like this.
const wrapped: Settle = (handler) => (req, res, next) => void handler(req, res, next)?.catch(next)
const plainly: Settle = (handler) => handler

class ExpressApp implements App {
  readonly native: Router
  readonly #framework: Framework
  readonly #settle: Settle
  readonly #last: (RequestHandler | ErrorRequestHandler)[] = []

  constructor(native: Router, framework: Framework, settle: Settle) {
    this.native = native
    this.#framework = framework
    this.#settle = settle
  }

  use(...steps: Step[]): void {
    for (const step of steps) this.native.use(this.#handler(step))
  }

  around(run: (next: () => unknown) => unknown): void {
    this.native.use((_req, _res, next) => void run(next))
  }

  get(path: string, ...steps: Step[]): void {
    this.native.get(path, ...steps.map((step) => this.#handler(step)))
  }

  ws(path: string, hub: Hub, { before = [], describe = () => ({}), options }: Door = {}): void {
    const steps = before.map((step) => this.#handler(step))
    this.native.get(
      path,
      ...steps,
      upgrade(hub, (req) => describe(askOf(req as unknown as Request, req.res as Response)), options),
    )
  }

  scope(prefix: string, build: (app: App) => void): void {
    const inner = new ExpressApp(this.#framework.Router({ mergeParams: true }), this.#framework, this.#settle)
    build(inner)
    inner.finish()
    this.native.use(prefix, inner.native)
  }

  sessions(store: SessionStore): void {
    const options = { secret: 'not a secret', resave: false, saveUninitialized: false }
    this.native.use(session({ ...options, store: new Shelf(store) }))
  }

  plug(plugin: Plugin): void {
    for (const handler of plugins[plugin]()) this.native.use(handler)
  }

  onError(answer: (error: Error) => Reply): void {
    this.#last.push((error: Error, _req: Request, res: Response, _next: unknown) => send(res, answer(error)))
  }

  fallback(step: Step): void {
    this.#last.unshift(this.#handler(step))
  }

  /** The handler of paths without a route is the last middleware. */
  finish(): void {
    for (const handler of this.#last) this.native.use(handler)
  }

  #handler(step: Step): RequestHandler {
    return this.#settle((req, res, next) => {
      const done = (reply: Reply | void): void => (reply ? send(res, reply) : next())
      return afterStep(step(askOf(req, res)), done)
    })
  }
}

class Shelf extends session.Store {
  readonly #store: SessionStore

  constructor(store: SessionStore) {
    super()
    this.#store = store
  }

  override get(id: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    this.#store.get(id).then((data) => done(undefined, data as unknown as session.SessionData), done)
  }

  override set(id: string, data: session.SessionData, done: (error?: unknown) => void = () => {}): void {
    this.#store.set(id, data).then(() => done(), done)
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    this.#store.destroy(id).then(() => done(), done)
  }
}

function askOf(req: Request, res: Response): Ask {
  return {
    req,
    res,
    params: req.params as Record<string, string>,
    ip: req.ip ?? '',
    isUpgrade: isUpgrade(req),
    session: req.session as unknown as Record<string, unknown>,
    sessionId: req.sessionID,
    endSession: () => new Promise((resolve) => req.session.destroy(() => resolve())),
    set: (name, value) => void res.set(name, value),
    cookie: (name, value) => void res.cookie(name, value),
  }
}

function send(res: Response, { status = 200, headers = {}, body = '' }: Reply): void {
  res.status(status).set(headers).send(body)
}

function host(name: string, framework: Framework, settle: Settle): Host {
  const create = async (build: (app: App) => void, options: CreateOptions = {}): Promise<Running> => {
    const native = framework()
    const { log, before, trustProxy = false } = options
    native.set('trust proxy', trustProxy)
    if (log) native.use(morgan(':method :url :status', { stream: { write: (line) => void log.push(line.trim()) } }))
    const app = new ExpressApp(native, framework, settle)
    build(app)
    app.finish()
    const server = serverOf(native, options)
    const sockets = socketsOf(server)
    before?.(server)
    return listen(server, sockets, attach(server, options.attach))
  }
  return { name, detaches: true, plugins: Object.keys(plugins) as Plugin[], create }
}

function serverOf(app: ReturnType<Framework>, { tls, maxHeaderSize }: CreateOptions): Server {
  const options = maxHeaderSize === undefined ? {} : { maxHeaderSize }
  return tls ? createTlsServer({ ...options, ...tls }, app) : createServer(options, app)
}

export const expresses: readonly Host[] = [
  host('express 4', express4 as unknown as Framework, wrapped),
  host('express 5', express, plainly),
]
