import type { Hub, HubTypes } from '@wshub/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Inspector } from '../inspector.js'
import type { InspectorOptions } from '../inspector-options.js'

export type { InspectorOptions } from '../inspector-options.js'

/** A plugin of Fastify. */
export type InspectorPlugin = (scope: FastifyInstance) => Promise<void>

/**
 * The inspector of a hub as a plugin: `scope.register(inspector(hub), { prefix: '/hub' })`. It has no authentication: the
 * hooks of the scope decide who may see the hub.
 * @throws TypeError if `hub` is not a Hub, an option is wrong, or the hub has an inspector with other options
 */
export function inspector<Types extends HubTypes>(hub: Hub<Types>, options?: InspectorOptions<Types>): InspectorPlugin {
  const inspected = new Inspector(hub, options)
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { method, originalUrl: url, headers } = request
    const { '*': rest = '' } = request.params as { readonly '*'?: string }
    const answer = await inspected.answer({ method, path: `/${rest}`, url, headers })
    if (!answer) return reply.callNotFound()
    return reply.code(answer.status).headers(answer.headers).send(answer.body)
  }
  return async (scope) => {
    scope.all('/', handle)
    scope.all('/*', handle)
  }
}
