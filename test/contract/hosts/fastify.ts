// The last version without `import()`, which jest does not support.
import cookie from '@fastify/cookie-cjs'
import session, { type FastifySessionOptions } from '@fastify/session'
import type { Hub } from '@wshub/core'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { isUpgrade, upgrade } from '@wshub/fastify'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preHandlerHookHandler,
} from 'fastify'
import { plugins } from './fastify-plugins.js'
import type { App, Ask, CreateOptions, Door, Host, Plugin, Reply, Running, Step } from './host.js'
import { runningOf, socketsOf } from './listen.js'
import type { SessionStore } from './session-store.js'
import { afterStep } from './step.js'

type Hook = preHandlerHookHandler
type Store = NonNullable<FastifySessionOptions['store']>

class FastifyApp implements App {
  readonly native: FastifyInstance

  constructor(native: FastifyInstance) {
    this.native = native
  }

  use(...steps: Step[]): void {
    for (const step of steps) this.native.addHook('onRequest', hook(step))
  }

  around(run: (next: () => unknown) => unknown): void {
    this.native.addHook('onRequest', (_request, _reply, done) => void run(done))
  }

  get(path: string, ...steps: Step[]): void {
    this.#route((it) => it.get(path, { preHandler: steps.map(hook) }, (_, reply) => reply.callNotFound()))
  }

  ws(path: string, hub: Hub, { before = [], describe = () => ({}), options }: Door = {}): void {
    const handler = upgrade(hub, (request) => describe(new FastifyAsk(request, replies.get(request))), options)
    this.#route((it) => it.get(path, { websocket: true, preHandler: before.map(hook) }, handler))
  }

  scope(prefix: string, build: (app: App) => void): void {
    this.native.register(
      (inner, _, done) => {
        build(new FastifyApp(inner))
        done()
      },
      { prefix },
    )
  }

  sessions(store: SessionStore): void {
    const options = { secret: 'not a secret, and long enough for it', saveUninitialized: false }
    this.native.register(session, { ...options, cookie: { secure: false }, store: shelf(store) })
  }

  plug(plugin: Plugin): void {
    plugins[plugin]?.(this.native)
  }

  onError(answer: (error: Error) => Reply): void {
    this.native.setErrorHandler((error, _, reply) => send(reply, answer(error as Error)))
  }

  fallback(step: Step): void {
    this.native.setNotFoundHandler((request, reply) =>
      afterStep(step(new FastifyAsk(request, reply)), (answer) => (answer ? send(reply, answer) : reply.send())),
    )
  }

  // After the earlier plugins are loaded: some of them change every route that is added later.
  #route(add: (native: FastifyInstance) => unknown): void {
    this.native.after(() => void add(this.native))
  }
}

/** `describe` gets only the request; the functions of the test's request need the reply, too. */
const replies = new WeakMap<object, FastifyReply>()

class FastifyAsk implements Ask {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply | undefined

  constructor(request: FastifyRequest, reply: FastifyReply | undefined) {
    this.#request = request
    this.#reply = reply
  }

  get req(): Ask['req'] {
    return this.#request.raw
  }

  get res(): Ask['res'] {
    return (this.#reply as FastifyReply).raw
  }

  get params(): Ask['params'] {
    return this.#request.params as Record<string, string>
  }

  get ip(): string {
    return this.#request.ip
  }

  get isUpgrade(): boolean {
    return isUpgrade(this.#request)
  }

  get session(): Record<string, unknown> {
    return this.#request.session as object as Record<string, unknown>
  }

  get sessionId(): string {
    return this.#request.session.sessionId
  }

  readonly endSession = (): Promise<void> => this.#request.session.destroy()
  readonly set = (name: string, value: string): void => void this.#reply?.header(name, value)
  readonly cookie = (name: string, value: string): void => void this.#reply?.setCookie(name, value)
}

function hook(step: Step): Hook {
  return (...[request, reply, done]: Parameters<Hook>): unknown => {
    replies.set(request, reply)
    const outcome = step(new FastifyAsk(request, reply))
    // A hook ends by a promise or by a callback, never by both; a reply is itself a promise.
    if (outcome && 'then' in outcome) return outcome.then((answer) => (answer ? send(reply, answer) : undefined))
    return void (outcome ? send(reply, outcome) : done())
  }
}

function send(reply: FastifyReply, { status = 200, headers = {}, body = '' }: Reply): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

function shelf(store: SessionStore): Store {
  return {
    get: (id, done) => void store.get(id).then((data) => done(null, data as never), done),
    set: (id, data, done) => void store.set(id, data).then(() => done(), done),
    destroy: (id, done) => void store.destroy(id).then(() => done(), done),
  }
}

/** Fastify's log, with one line for each answered request. */
function accessLog(log: string[]): object {
  const write = (line: string): void => {
    const { msg, res: answered } = JSON.parse(line) as { msg: string; res: string }
    if (msg === 'request completed') log.push(answered)
  }
  return { logger: { stream: { write }, serializers: { res: lineOf } } }
}

function lineOf({ request, statusCode }: FastifyReply): string {
  return `${request.method} ${request.url} ${statusCode}`
}

async function create(build: (app: App) => void, options: CreateOptions = {}): Promise<Running> {
  const { log, before, trustProxy = false } = options
  const native = Fastify({ trustProxy, ...serverOf(options), ...(log && accessLog(log)) })
  const sockets = socketsOf(native.server)
  before?.(native.server)
  await native.register(cookie)
  await native.register(wshub, options.attach ?? {})
  // Fastify refuses a body without a parser for its type before any handler runs.
  native.addContentTypeParser('*', (_request, _payload, done) => done(null))
  build(new FastifyApp(native))
  await native.listen({ port: 0, host: '127.0.0.1' })
  return runningOf(native.server, {
    detach() {
      throw new Error('A plugin goes with its app: there is nothing to detach.')
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await native.close()
    },
  })
}

function serverOf({ tls, maxHeaderSize }: CreateOptions): object {
  const options = maxHeaderSize === undefined ? {} : { maxHeaderSize }
  return tls ? { https: { ...options, ...tls } } : { http: options }
}

export const fastifies: readonly Host[] = [
  {
    name: 'fastify 5',
    detaches: false,
    plugins: Object.keys(plugins) as Plugin[],
    create,
  },
]
