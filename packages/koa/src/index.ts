import { type Identity, type Hub } from '@wshub/core'
import {
  type HttpAnswer,
  type RequestInfo,
  Upgrader,
  HandOver,
  type HandOverOptions,
  isRefresh as isRefreshRequest,
  isUpgrade as isUpgradeRequest,
  type NeedsNoData,
  type SocketServer,
  type UpgradeOptions,
} from '@wshub/core/adapter'
import type { ParameterizedContext } from 'koa'

export { attach } from '@wshub/core'
export type { AttachOptions, Identity } from '@wshub/core'
export type { HandOverOptions, UpgradeOptions } from '@wshub/core/adapter'

/** The context of an upgrade route; `params` are those of @koa/router or whoever sets them. */
export type UpgradeContext<Params = Record<string, string>> = ParameterizedContext & { params: Params }

/** A Koa middleware in plain types, so that it fits the router of any version. */
export type UpgradeMiddleware = (context: object, next?: () => Promise<unknown>) => Promise<void>

/** Says who a new connection is; what it throws goes to the app's error handling. */
export type Describe<Data, Params = Record<string, string>> = (
  context: UpgradeContext<Params>,
) => Identity<Data> | Promise<Identity<Data>>

/**
 * The last middleware of a route that lets clients into a hub. Everything before it on the way has run, as for any
 * request; what it answers, a 101 included, is an ordinary response of the app, which middleware that runs after
 * `await next()` may still change.
 * @param describe who the connection is, from the context; default: nobody in particular
 * @throws TypeError where the hub is none or an option is wrong
 */
export function upgrade<Data, Events extends object, Params = Record<string, string>>(
  hub: Hub<Data, Events>,
  describe: Describe<NoInfer<Data>, Params>,
  options?: UpgradeOptions,
): UpgradeMiddleware
/** For a hub without data: nobody in particular connects. */
export function upgrade<Data, Events extends object>(
  hub: Hub<Data, Events> & NeedsNoData<Data>,
  describe?: undefined,
  options?: UpgradeOptions,
): UpgradeMiddleware
export function upgrade<Params>(
  hub: Hub,
  describe: Describe<unknown, Params> = () => ({}),
  options: UpgradeOptions = {},
): UpgradeMiddleware {
  const upgrader = new Upgrader(hub, options)
  return async (plain) => {
    const context = plain as UpgradeContext<Params>
    const answer = await upgrader.admit(context.req, requestInfo(context), () => describe(context))
    if (answer.sent) leaveAnswered(context)
    else respond(context, answer)
  }
}

/**
 * The last middleware of a route whose clients go to another WebSocket server. Everything before it on the way has run;
 * the headers of the app's 101 are those of that server's, and origins and limits are checked before.
 * @param server a `WebSocketServer` of ws with `noServer: true`
 * @throws TypeError if the server is none or an option is wrong
 */
export function handOver(server: SocketServer, options?: HandOverOptions): UpgradeMiddleware {
  const upgrader = new HandOver(server, options)
  return async (plain) => {
    const context = plain as ParameterizedContext
    respond(context, upgrader.admit(context.req, requestInfo(context)))
  }
}

function respond(context: ParameterizedContext, { status, headers, body }: HttpAnswer): void {
  // In this order: Koa gives a status of its own to a body that is null.
  context.body = body || null
  context.status = status
  context.set(headers)
}

/**
 * Leaves a response alone that has ended already. The middleware before this one goes on as after any answer. Session
 * middleware would save or renew its session then: it keeps an object with `commit()` on the context.
 */
function leaveAnswered(context: ParameterizedContext): void {
  context.respond = false
  for (const key of Object.getOwnPropertySymbols(context)) {
    const kept: unknown = Reflect.get(context, key)
    if (typeof Object(kept).commit === 'function')
      Object.defineProperty(kept, 'commit', { value: () => Promise.resolve() })
  }
}

/**
 * Whether a request repeats the handshake of an open connection, for `hub:refresh` or `revalidate`. Middleware that counts
 * or logs requests of clients can skip it.
 */
export function isRefresh(context: Pick<ParameterizedContext, 'req'>): boolean {
  return isRefreshRequest(context.req)
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(context: Pick<ParameterizedContext, 'req'>): boolean {
  return isUpgradeRequest(context.req)
}

function requestInfo({ host, ip, secure }: Pick<ParameterizedContext, 'host' | 'ip' | 'secure'>): RequestInfo {
  return { host, address: ip, secure }
}
