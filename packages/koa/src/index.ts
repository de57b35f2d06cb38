import type { DataOf, Hub, HubTypes, PresenceOf } from '@wshub/core'
import {
  HandOver,
  type HandOverOptions,
  type HttpAnswer,
  type IdentityResult,
  type KnownIdentity,
  type SocketServer,
  type UpgradeOptions,
  type UpgradeParameters,
  Upgrader,
} from '@wshub/core/adapter'
import type { ParameterizedContext } from 'koa'
import type { PathParams } from './path-params.js'
import { requestInfo } from './request-info.js'

export { attach } from '@wshub/core'
export { isRefresh, isUpgrade } from './request-info.js'
export type { AttachOptions, Identity } from '@wshub/core'
export type { HandOverOptions, UpgradeOptions } from '@wshub/core/adapter'

/**
 * The context of an upgrade route, with the params that its router sets. Give it the path of the route
 * (`UpgradeContext<'/rooms/:room'>`) or the params themselves.
 */
export type UpgradeContext<Params = Record<string, string>> = ParameterizedContext & {
  params: Params extends string ? PathParams<Params> : Params
}

/** A middleware in plain types, which fits the router of any version. */
export type UpgradeMiddleware = (context: object, next?: () => Promise<unknown>) => Promise<void>

/** Returns the identity of a new connection. An error that it throws is passed to the error handling of the app. */
export type Describe<
  Data,
  Params = Record<string, string>,
  Result extends IdentityResult<Data> = IdentityResult<Data>,
> = (context: UpgradeContext<Params>) => KnownIdentity<Result>

/**
 * The last middleware of a route that connects clients to a hub. The middleware before it runs as for any request. The
 * answer, a 101 included, is an ordinary response of the app, which middleware may change after `await next()`.
 * @param hub the hub of the clients
 * @param describe returns the identity of the connection. Required if connections of the hub have data. @default `{}`
 * @param options subprotocols and origins of the route
 * @throws TypeError if `hub` is not a Hub or an option is wrong
 */
export function upgrade<
  Types extends HubTypes,
  Params = Record<string, string>,
  Result extends IdentityResult<DataOf<Types>, PresenceOf<Types>> = IdentityResult<DataOf<Types>, PresenceOf<Types>>,
>(
  hub: Hub<Types>,
  ...parameters: UpgradeParameters<DataOf<Types>, Describe<DataOf<Types>, Params, Result>>
): UpgradeMiddleware
export function upgrade(
  hub: Hub,
  describe: Describe<unknown> = () => ({}),
  options: UpgradeOptions = {},
): (context: UpgradeContext) => Promise<void> {
  const upgrader = new Upgrader(hub, options)
  return async (context) =>
    setAnswer(context, await upgrader.admit(context.req, requestInfo(context), () => describe(context)))
}

/**
 * The last middleware of a route that passes its clients to another WebSocket server. Origins and limits are checked as in
 * `upgrade()`, and the 101 of that server has the headers of the app.
 * @param server a `WebSocketServer` of ws with `noServer: true`
 * @param options origins and limits of the route
 * @throws TypeError if `server` is not such a server or an option is wrong
 */
export function handOver(server: SocketServer, options?: HandOverOptions): UpgradeMiddleware
export function handOver(
  server: SocketServer,
  options?: HandOverOptions,
): (context: ParameterizedContext) => Promise<void> {
  const upgrader = new HandOver(server, options)
  return async (context) => setAnswer(context, upgrader.admit(context.req, requestInfo(context)))
}

function setAnswer(context: ParameterizedContext, { status, headers, body, sent }: HttpAnswer): void {
  if (sent) return leaveAnswered(context)
  // The body comes first, because Koa sets the status to 204 if the body is null.
  context.body = body || null
  context.status = status
  context.set(headers)
}

/**
 * Leaves a response alone that has already ended. The middleware before this one continues as after any answer, so session
 * middleware would save or renew its session. It keeps an object with `commit()` on the context, whose `commit()` is disabled.
 */
function leaveAnswered(context: ParameterizedContext): void {
  context.respond = false
  for (const key of Object.getOwnPropertySymbols(context)) {
    const kept: unknown = Reflect.get(context, key)
    if (typeof Object(kept).commit === 'function')
      Object.defineProperty(kept, 'commit', { value: () => Promise.resolve() })
  }
}
