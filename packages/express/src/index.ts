import { type Identity, type Hub } from '@wshub/core'
import {
  type RequestInfo,
  Upgrader,
  HandOver,
  type HandOverOptions,
  type SocketServer,
  type NeedsNoData,
  type UpgradeOptions,
} from '@wshub/core/adapter'
import type { NextFunction, Request, Response } from 'express'

export { isRefresh, isUpgrade } from '@wshub/core/adapter'
export type { AttachOptions, Identity } from '@wshub/core'
export type { HandOverOptions, UpgradeOptions } from '@wshub/core/adapter'
export { attach } from './attach.js'

/** An Express handler in plain types, so that it fits the router of any version. `Params` comes from the route's path. */
export type UpgradeHandler<Params = unknown> = (
  request: { readonly params: Params },
  response: object,
  next: (error?: unknown) => void,
) => void

// A middleware that knows no params, such as a RequestHandler, makes them a dictionary of strings and lists.
type Named<Params> = string extends keyof Params ? { readonly params: Record<string, string> } : unknown

/** Says who a new connection is; what it throws goes to the app's error handler. */
export type Describe<Data, Params = Record<string, string>> = (
  request: Request<Params> & Named<Params>,
) => Identity<Data> | Promise<Identity<Data>>

/**
 * The last handler of a route that lets clients into a hub. Everything before it on the way has run, as for any request;
 * what it answers, a 101 included, is an ordinary response of the app.
 * @param describe who the connection is, from the request; default: nobody in particular
 * @throws TypeError where the hub is none or an option is wrong
 */
export function upgrade<Data, Events extends object, Params = Record<string, string>>(
  hub: Hub<Data, Events>,
  describe: Describe<NoInfer<Data>, Params>,
  options?: UpgradeOptions,
): UpgradeHandler<Params>
/** For a hub without data: nobody in particular connects. */
export function upgrade<Data, Events extends object>(
  hub: Hub<Data, Events> & NeedsNoData<Data>,
  describe?: undefined,
  options?: UpgradeOptions,
): UpgradeHandler
export function upgrade(
  hub: Hub,
  describe: Describe<unknown> = () => ({}),
  options: UpgradeOptions = {},
): UpgradeHandler<Record<string, string>> {
  const upgrader = new Upgrader(hub, options)
  return (...args) => {
    const [request, response, next] = args as unknown as [Request<Record<string, string>>, Response, NextFunction]
    upgrader
      .admit(request, requestInfo(request), () => describe(request))
      .then((answer) => answer.sent || response.status(answer.status).set(answer.headers).end(answer.body))
      .catch(next)
  }
}

/**
 * The last handler of a route whose clients go to another WebSocket server. Everything before it on the way has run; the
 * headers of the app's 101 are those of that server's, and origins and limits are checked before.
 * @param server a `WebSocketServer` of ws with `noServer: true`
 * @throws TypeError if the server is none or an option is wrong
 */
export function handOver(server: SocketServer, options?: HandOverOptions): UpgradeHandler {
  const upgrader = new HandOver(server, options)
  return (...args) => {
    const [request, response] = args as unknown as [Request, Response]
    const { status, headers, body } = upgrader.admit(request, requestInfo(request))
    response.status(status).set(headers).end(body)
  }
}

function requestInfo<Params>(request: Request<Params>): RequestInfo {
  return { host: hostOf(request), address: request.ip, secure: request.secure }
}

// Express 4 has no getter for the host with its port; both versions decide by this function whom to believe.
function hostOf<Params>(request: Request<Params>): string | undefined {
  const trust = request.app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean
  const forwarded = trust(request.socket.remoteAddress, 0) ? request.get('X-Forwarded-Host') : undefined
  return forwarded?.split(',', 1)[0]?.trim() ?? request.get('Host')
}
