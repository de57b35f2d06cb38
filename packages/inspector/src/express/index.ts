import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Hub, HubTypes } from '@wshub/core'
import { Inspector } from '../inspector.js'
import type { InspectorOptions } from '../inspector-options.js'

export type { InspectorOptions } from '../inspector-options.js'

/** Middleware in plain types, which fits every version of Express, and of connect. */
export type InspectorMiddleware = (
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * The inspector of a hub: `app.use('/hub', requireAdmin, inspector(hub))`. It has no authentication: the middleware
 * before it decides who may see the hub.
 * @throws TypeError if `hub` is not a Hub, an option is wrong, or the hub has an inspector with other options
 */
export function inspector<Types extends HubTypes>(
  hub: Hub<Types>,
  options?: InspectorOptions<Types>,
): InspectorMiddleware {
  const inspected = new Inspector(hub, options)
  return (request, response, next) => {
    const { method = '', headers, url = '/', originalUrl = url } = request
    const [path = '/'] = url.split('?', 1)
    inspected
      .answer({ method, path, url: originalUrl, headers })
      .then((answer) => (answer ? response.writeHead(answer.status, answer.headers).end(answer.body) : next()))
      .catch(next)
  }
}
