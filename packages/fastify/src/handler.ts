import {
  type Description,
  type Facts,
  Gate,
  type Hub,
  isUpgrade as isUpgradeRequest,
  type UpgradeOptions,
} from '@wshub/core'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The request of an upgrade route; its `params` are strings unless the app says otherwise. */
export type UpgradeRequest<Params = Record<string, string>> = FastifyRequest<{ Params: Params }>

/** A route handler in plain types, so that it fits routes with and without `websocket: true`. */
export type UpgradeHandler = (request: object, reply: object) => Promise<string | undefined>

/** Says who a new connection is; what it throws goes to the app's error handler. */
export type Describe<Data, Params = Record<string, string>> = (
  request: UpgradeRequest<Params>,
) => Description<Data> | Promise<Description<Data>>

type PlainHub = Pick<Hub, 'close'>

const handlers = new WeakMap<object, PlainHub>()

/**
 * The handler of a route that lets clients into a hub. Every hook before it has run, as for any request; what it answers,
 * a 101 included, is an ordinary reply of the app.
 * @param describe who the connection is, from the request; default: nobody in particular
 * @throws TypeError where the hub is none or an option is wrong
 */
export function upgrade<Data, Events extends object, Params = Record<string, string>>(
  hub: Hub<Data, Events>,
  describe: Describe<Data, Params> = () => ({}),
  options: UpgradeOptions = {},
): UpgradeHandler {
  const gate = new Gate(hub, options)
  const handler: UpgradeHandler = async (...args) => {
    const [request, reply] = args as [UpgradeRequest<Params>, FastifyReply]
    if (!('raw' in request)) throw new Error('upgrade() needs the plugin: await app.register(wshub) before the routes.')
    const { status, headers, body } = await gate.admit(request.raw, factsOf(request), () => describe(request))
    reply.code(status).headers(headers)
    // Fastify sends what a handler returns; to wait for the reply itself would cost a watch on the response.
    return body || undefined
  }
  handlers.set(handler, hub)
  return handler
}

/** The hub that a handler of {@link upgrade} lets clients into; `undefined` for other handlers. */
export function hubOf(handler: unknown): PlainHub | undefined {
  return typeof handler === 'function' ? handlers.get(handler) : undefined
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(request: Pick<FastifyRequest, 'raw'>): boolean {
  return isUpgradeRequest(request.raw)
}

function factsOf<Params>({ host, ip, protocol }: UpgradeRequest<Params>): Facts {
  return { host, address: ip, secure: protocol === 'https' }
}
