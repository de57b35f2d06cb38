import type { AccessPolicy } from '@wshub/core/adapter'
import type { ServerScope } from './server-scope.js'

/** What one registration of the plugin says of the routes in its Fastify scope. */
export interface Scope {
  readonly site: ServerScope
  readonly policy: AccessPolicy
  /** Whether the hubs of its routes close with the app. */
  readonly closeHubs: boolean
  /** As they were given. */
  readonly options: object
}

const SCOPE = Symbol('wshub.scope')

/** Instances of inner scopes have the outer one as their prototype: a property is inherited as decorators are. */
type Scoped = { readonly [SCOPE]?: Scope }

/** The nearest registration that holds for a Fastify instance. */
export function scopeOf(fastify: object): Scope | undefined {
  return (fastify as Scoped)[SCOPE]
}

/** Makes a registration hold for a Fastify instance and the scopes in it. */
export function setScope(fastify: object, scope: Scope): void {
  Object.assign(fastify, { [SCOPE]: scope })
}

/** The registration of this very instance. */
export function ownScopeOf(fastify: object): Scope | undefined {
  return Object.hasOwn(fastify, SCOPE) ? (fastify as Scoped)[SCOPE] : undefined
}
