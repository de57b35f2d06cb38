import { isDeepStrictEqual } from 'node:util'
import type { AttachOptions } from '@wshub/core'
import { AccessPolicy } from '@wshub/core/adapter'
import type { FastifyInstance } from 'fastify'
import { addFastifyWebsocket } from './fastify-websocket/route-handlers.js'
import { Scope } from './scope.js'
import { joinServerScope } from './server-scope.js'

/** Options of the plugin: those of `attach`, and how the hubs of the app close. */
export interface WshubOptions extends Omit<AttachOptions, 'dispatch'> {
  /** Whether `app.close()` closes the hubs of the routes in the scope. @default true */
  readonly closeHubs?: boolean | undefined
  /**
   * Milliseconds that the hubs may take to close. After that, connections that are still open are terminated. It must be below
   * the app's `pluginTimeout`.
   * @default 80 % of `pluginTimeout`, 8,000 at most
   */
  readonly within?: number | undefined
}

/** Passes the upgrades of a Fastify app through its hooks to its routes. */
export async function plugin(fastify: FastifyInstance, options: WshubOptions): Promise<void> {
  const { closeHubs = true, origins, hosts, ...serverOptions } = options
  if (isRepeated(fastify, options)) return
  const policy = new AccessPolicy({ origins, hosts })
  const outer = Scope.of(fastify)
  const server = joinServerScope(fastify, serverOptions)
  new Scope({ policy, closeHubs, options }).applyTo(fastify)
  server.addPolicy(policy)
  // Only the outermost registration adds hooks, because they also run in the scopes inside.
  if (!outer) server.addAccess(await addFastifyWebsocket(fastify))
}

/** Whether this scope already has the plugin. @throws TypeError if it has the plugin with other options */
function isRepeated(fastify: FastifyInstance, options: WshubOptions): boolean {
  const own = Scope.ownOf(fastify)
  if (!own) return false
  if (isDeepStrictEqual(own.options, options)) return true
  throw new TypeError(
    '@wshub/fastify is registered twice in one scope, with different options. Register it once, or in scopes of their own.',
  )
}
