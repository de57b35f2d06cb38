import { type Identity, type Hub } from '@wshub/core'
import {
  type RequestInfo,
  Upgrader,
  isRefresh as isRefreshRequest,
  isUpgrade as isUpgradeRequest,
  type NeedsNoData,
  type UpgradeOptions,
} from '@wshub/core/adapter'
import type {
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  FastifyTypeProvider,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
} from 'fastify'
import { scopeOf } from './scope.js'
import { closeWithApp } from './server-scope.js'
import { trialOf } from './upgrade-trial.js'

/** The request of an upgrade route; its `params` are strings unless the app says otherwise. */
export type UpgradeRequest<Params = Record<string, string>> = FastifyRequest<{ Params: Params }>

/** The request of a route with a schema, typed by the app's type provider; for the parameter of `describe`. */
export type SchemaRequest<Provider extends FastifyTypeProvider, Schema extends FastifySchema> = FastifyRequest<
  RouteGenericInterface,
  RawServerDefault,
  RawRequestDefaultExpression,
  Schema,
  Provider
>

/** A route handler in plain types, so that it fits routes with and without `websocket: true`. */
export type UpgradeHandler = (request: object, reply: object) => Promise<string | undefined>

/** Says who a new connection is; what it throws goes to the app's error handler. */
export type Describe<Data, Request = UpgradeRequest> = (request: Request) => Identity<Data> | Promise<Identity<Data>>

type PlainHub = Pick<Hub, 'close'>
type Admit = (request: FastifyRequest, reply: FastifyReply) => Promise<string | undefined>
type FactsRequest = Pick<FastifyRequest, 'host' | 'ip' | 'protocol' | 'server'>

const handlers = new WeakMap<object, PlainHub>()
/** Handlers that stand on no route as they were made: somebody may have wrapped them. */
const loose = new WeakSet<object>()
let looseHandlers = 0

/**
 * The handler of a route that lets clients into a hub. Every hook before it has run, as for any request; what it answers,
 * a 101 included, is an ordinary reply of the app.
 * @param describe who the connection is, from the request; default: nobody in particular
 * @throws TypeError where the hub is none or an option is wrong
 */
export function upgrade<Data, Events extends object, Request extends Pick<FastifyRequest, 'raw'> = UpgradeRequest>(
  hub: Hub<Data, Events>,
  describe: Describe<NoInfer<Data>, Request>,
  options?: UpgradeOptions,
): UpgradeHandler
/** For a hub without data: nobody in particular connects. */
export function upgrade<Data, Events extends object>(
  hub: Hub<Data, Events> & NeedsNoData<Data>,
  describe?: undefined,
  options?: UpgradeOptions,
): UpgradeHandler
export function upgrade(
  hub: Hub,
  describe: Describe<unknown, FastifyRequest> = () => ({}),
  options: UpgradeOptions = {},
): UpgradeHandler {
  const upgrader = new Upgrader(hub, options)
  const admit: Admit = async (request, reply) => {
    closeWithApp(request.server, hub)
    const { status, headers, body, sent } = await upgrader.admit(request.raw, requestInfo(request), () =>
      describe(request),
    )
    // The response of a repeated handshake has ended below Fastify: no onSend hook runs, which would save a session.
    if (sent) return void reply.hijack()
    reply.code(status).headers(headers)
    // Fastify sends what a handler returns; to wait for the reply itself would cost a watch on the response.
    return body || undefined
  }
  const handler: UpgradeHandler = async (...args) => {
    const [request, reply] = args as [FastifyRequest, FastifyReply]
    if ('raw' in request) return admit(request, reply)
    const trial = trialOf(reply)
    if (trial) return trial.claim(admit)
    throw new Error('upgrade() needs the plugin: await app.register(wshub) before the routes.')
  }
  handlers.set(handler, hub)
  loose.add(handler)
  looseHandlers += 1
  return handler
}

/** The hub that a handler of {@link upgrade} lets clients into, once it stands on a route; `undefined` for other handlers. */
export function hubOf(handler: unknown): PlainHub | undefined {
  if (typeof handler !== 'function') return undefined
  if (loose.delete(handler)) looseHandlers -= 1
  return handlers.get(handler)
}

/** Whether some handler of {@link upgrade} was not seen on a route, so that others may call it. */
export function hasLooseHandlers(): boolean {
  return looseHandlers > 0
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(request: Pick<FastifyRequest, 'raw'>): boolean {
  return isUpgradeRequest(request.raw)
}

/**
 * Whether a request repeats the handshake of an open connection, for `hub:refresh` or `revalidate`. Hooks that count or log
 * requests of clients can skip it.
 */
export function isRefresh(request: Pick<FastifyRequest, 'raw'>): boolean {
  return isRefreshRequest(request.raw)
}

/** What Fastify knows of a request, and who may connect in the scope of its route. */
export function requestInfo({ host, ip, protocol, server }: FactsRequest): RequestInfo {
  return { host, address: ip, secure: protocol === 'https', policy: scopeOf(server)?.policy }
}
