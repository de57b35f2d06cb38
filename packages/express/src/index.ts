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
import type { Request, RequestHandler, Response } from 'express'
import { requestInfo } from './request-info.js'

export { isRefresh, isUpgrade } from '@wshub/core/adapter'
export type { AttachOptions, Identity } from '@wshub/core'
export type { HandOverOptions, UpgradeOptions } from '@wshub/core/adapter'
export { attach } from './attach.js'

/** A request handler in plain types, which fits the router of any version of Express. The path of the route sets `Params`. */
export type UpgradeHandler<Params = unknown> = (
  request: { readonly params: Params },
  response: object,
  next: (error?: unknown) => void,
) => void

// Middleware without types for params, such as a RequestHandler, makes them a dictionary of strings and lists of strings. Then
// any request is accepted, and `describe` sees strings.
type Accepted<Params> = string extends keyof Params ? unknown : Params
type Named<Params> = string extends keyof Params ? { readonly params: Record<string, string> } : unknown

type AsyncHandler = (...parameters: Parameters<RequestHandler<Record<string, string>>>) => Promise<void>

/** Returns the identity of a new connection. An error that it throws is passed to the error handler of the app. */
export type Describe<
  Data,
  Params = Record<string, string>,
  Result extends IdentityResult<Data> = IdentityResult<Data>,
> = (request: Request<Params> & Named<Params>) => KnownIdentity<Result>

/**
 * The last handler of a route that connects clients to a hub. The middleware before it runs as for any request, and the
 * answer, a 101 included, is an ordinary response of the app.
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
): UpgradeHandler<Accepted<Params>>
export function upgrade(
  hub: Hub,
  describe: Describe<unknown> = () => ({}),
  options: UpgradeOptions = {},
): RequestHandler<Record<string, string>> {
  const upgrader = new Upgrader(hub, options)
  const admit: AsyncHandler = async (request, response, next) => {
    try {
      sendAnswer(response, await upgrader.admit(request, requestInfo(request), () => describe(request)))
    } catch (error) {
      next(error)
    }
  }
  // Express waits for a promise that a handler returns, which costs time and changes nothing.
  return (request, response, next) => void admit(request, response, next)
}

/**
 * The last handler of a route that passes its clients to another WebSocket server. Origins and limits are checked as in
 * `upgrade()`, and the 101 of that server has the headers of the app.
 * @param server a `WebSocketServer` of ws with `noServer: true`
 * @param options origins and limits of the route
 * @throws TypeError if `server` is not such a server or an option is wrong
 */
export function handOver(server: SocketServer, options?: HandOverOptions): UpgradeHandler
export function handOver(server: SocketServer, options?: HandOverOptions): RequestHandler {
  const upgrader = new HandOver(server, options)
  return (request, response) => sendAnswer(response, upgrader.admit(request, requestInfo(request)))
}

function sendAnswer(response: Response, { status, headers, body, sent }: HttpAnswer): void {
  if (!sent) response.status(status).set(headers).end(body)
}
