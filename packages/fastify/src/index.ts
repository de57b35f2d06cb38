// Its types give routes the option `websocket: true`.
import '@fastify/websocket'
import type { FastifySchema, FastifyTypeProvider } from 'fastify'
import fp from 'fastify-plugin'
import * as handler from './upgrade.js'
import { plugin, type WshubOptions as Options } from './plugin.js'

/** The plugin: `await app.register(wshub)` before the routes. */
const wshub = Object.assign(fp(plugin, { fastify: '5.x', name: '@wshub/fastify' }), {
  upgrade: handler.upgrade,
  isUpgrade: handler.isUpgrade,
  isRefresh: handler.isRefresh,
})

// oxlint-disable-next-line typescript/no-namespace -- the types that hang on the plugin, beside its functions
namespace wshub {
  export type WshubOptions = Options
  export type Describe<Data, Request = handler.UpgradeRequest> = handler.Describe<Data, Request>
  export type UpgradeHandler = handler.UpgradeHandler
  export type UpgradeRequest<Params = Record<string, string>> = handler.UpgradeRequest<Params>
  export type SchemaRequest<Provider extends FastifyTypeProvider, Schema extends FastifySchema> = handler.SchemaRequest<
    Provider,
    Schema
  >
}

// Fastify's own habit: the module is the plugin, for `import` and for `require` alike. Node reads the names for named
// imports from assignments like these, whatever they assign to.
module.exports.upgrade = handler.upgrade
module.exports.isUpgrade = handler.isUpgrade
module.exports.isRefresh = handler.isRefresh
export = wshub
