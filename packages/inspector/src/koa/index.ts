import type { IncomingHttpHeaders } from 'node:http'
import type { Hub, HubTypes } from '@wshub/core'
import { Inspector } from '../inspector.js'
import type { InspectorOptions } from '../inspector-options.js'

/** Options of the inspector in a Koa app. */
export interface KoaInspectorOptions<Types extends HubTypes = HubTypes> extends InspectorOptions<Types> {
  /** The path of the inspector, if it is on a route. @default none, because `koa-mount` removes it from `ctx.path` */
  readonly prefix?: string | undefined
}

/** The part of a Koa context that the inspector uses. */
export interface InspectorContext {
  readonly method: string
  readonly path: string
  readonly originalUrl: string
  readonly headers: IncomingHttpHeaders
  status: number
  body: unknown
  /** Sets headers of the response. */
  set(headers: { [name: string]: string }): void
}

/** Middleware in plain types, which fits every version of Koa. */
export type InspectorMiddleware = (context: InspectorContext, next: () => Promise<unknown>) => Promise<unknown>

/**
 * The inspector of a hub. It has no authentication: mount an app, as in `app.use(mount('/hub', admin))`, whose first middleware
 * checks who may see the hub, and whose last middleware is this.
 * @throws TypeError if `hub` is not a Hub, an option is wrong, or the hub has an inspector with other options
 */
export function inspector<Types extends HubTypes>(
  hub: Hub<Types>,
  { prefix = '', ...options }: KoaInspectorOptions<Types> = {},
): InspectorMiddleware {
  const inspected = new Inspector(hub, options)
  return async (context, next) => {
    const { method, path: whole, originalUrl: url, headers } = context
    const path = whole.slice(prefix.length) || '/'
    const answer = whole.startsWith(prefix) ? await inspected.answer({ method, path, url, headers }) : undefined
    if (!answer) return next()
    context.status = answer.status
    context.set({ ...answer.headers })
    context.body = answer.body
    return undefined
  }
}
