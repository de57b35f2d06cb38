import type { DataOf, Hub, HubTypes, PresenceOf } from '@wshub/core'
import {
  type IdentityResult,
  type KnownIdentity,
  type UpgradeOptions,
  type UpgradeParameters,
  Upgrader,
} from '@wshub/core/adapter'
import type { WebSocket } from '@fastify/websocket'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { trialOf, type UpgradeTrial } from './fastify-websocket/upgrade-trial.js'
import { requestInfo } from './request-info.js'
import { closeWithApp } from './server-scope.js'
import { rememberUpgradeRoute } from './upgrade-route.js'

/** The request of an upgrade route; its `params` are strings unless the app gives another type. */
export type UpgradeRequest<Params = Record<string, string>> = FastifyRequest<{ Params: Params }>

/** A route handler in plain types, which fits routes with and without `websocket: true`. */
export type UpgradeHandler = (request: object, reply: object) => Promise<string | undefined>

/** Returns the identity of a new connection. An error that it throws is passed to the error handler of the app. */
export type Describe<Data, Request = UpgradeRequest, Result extends IdentityResult<Data> = IdentityResult<Data>> = (
  request: Request,
) => KnownIdentity<Result>

type SocketOrPageHandler = (
  first: FastifyRequest | WebSocket,
  second: FastifyReply | FastifyRequest,
) => ReturnType<UpgradeHandler>

/**
 * The handler of a route that connects clients to a hub. The hooks of the route run as for any request, and the answer, a 101
 * included, is an ordinary reply of the app.
 * @param hub the hub of the clients
 * @param describe returns the identity of the connection. Required if connections of the hub have data. @default `{}`
 * @param options subprotocols and origins of the route
 * @throws TypeError if `hub` is not a Hub or an option is wrong
 */
export function upgrade<
  Types extends HubTypes,
  Request extends Pick<FastifyRequest, 'raw'> = UpgradeRequest,
  Result extends IdentityResult<DataOf<Types>, PresenceOf<Types>> = IdentityResult<DataOf<Types>, PresenceOf<Types>>,
>(
  hub: Hub<Types>,
  ...parameters: UpgradeParameters<DataOf<Types>, Describe<DataOf<Types>, Request, Result>>
): UpgradeHandler
export function upgrade(
  hub: Hub,
  describe: Describe<unknown, FastifyRequest> = () => ({}),
  options: UpgradeOptions = {},
): SocketOrPageHandler {
  const upgrader = new Upgrader(hub, options)
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> => {
    closeWithApp(request.server, hub)
    const answer = await upgrader.admit(request.raw, requestInfo(request), () => describe(request))
    // The response of a repeated handshake has already ended. Fastify must not run onSend hooks, which might save a session.
    if (answer.sent) return void reply.hijack()
    const { status, headers, body } = answer
    reply.code(status).headers(headers)
    // Fastify sends the returned body. If the handler returned the reply, Fastify would add listeners to the response.
    return body || undefined
  }
  const handler: SocketOrPageHandler = (first, second) =>
    'raw' in first && 'code' in second ? admit(first, second) : claimTrial(second, admit)
  rememberUpgradeRoute({ hub, handler })
  return handler
}

/** Serves a handler of `upgrade()` on a route with `websocket: true`, where @fastify/websocket passes it socket and request. */
async function claimTrial(request: unknown, admit: Parameters<UpgradeTrial['claim']>[0]): Promise<undefined> {
  const trial = trialOf(request)
  if (trial) return trial.claim(admit)
  throw new Error('upgrade() needs the plugin: await app.register(wshub) before the routes.')
}
