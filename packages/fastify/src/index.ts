// Imported for its types, which give routes the option `websocket: true`.
import '@fastify/websocket'
import type {
  FastifyRequest,
  FastifySchema,
  FastifyTypeProvider,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
} from 'fastify'
import fp from 'fastify-plugin'
import { plugin, type WshubOptions as Options } from './plugin.js'
import { isRefresh, isUpgrade } from './request-info.js'
import * as handler from './upgrade.js'

/** The plugin: `await app.register(wshub)` before the routes. */
const wshub = Object.assign(fp(plugin, { fastify: '5.x', name: '@wshub/fastify' }), {
  upgrade: handler.upgrade,
  isUpgrade,
  isRefresh,
})

// oxlint-disable-next-line typescript/no-namespace -- `export =` can export types only in a namespace
namespace wshub {
  /** The options of `app.register(wshub, options)`. */
  export type WshubOptions = Options
  /** Returns the identity of a connection: the second argument of `upgrade()`. */
  export type Describe<Data, Request = handler.UpgradeRequest> = handler.Describe<Data, Request>
  /** The handler of a route with `websocket: true`, which `upgrade()` returns. */
  export type UpgradeHandler = handler.UpgradeHandler
  /** The request that `describe` gets if the route gives it no other type. */
  export type UpgradeRequest<Params = Record<string, string>> = handler.UpgradeRequest<Params>
  /** The request of a route with a schema, typed by the app's type provider; for the parameter of `describe`. */
  export type SchemaRequest<Provider extends FastifyTypeProvider, Schema extends FastifySchema> = FastifyRequest<
    RouteGenericInterface,
    RawServerDefault,
    RawRequestDefaultExpression,
    Schema,
    Provider
  >
}

// The module is the plugin, for `import` and for `require` alike, as in Fastify's own plugins. Node detects the names that
// can be imported by assignments like these; `export =` then replaces the object.
module.exports.upgrade = handler.upgrade
module.exports.isUpgrade = isUpgrade
module.exports.isRefresh = isRefresh
export = wshub
