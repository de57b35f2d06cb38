import type { AccessPolicy } from '@wshub/core/adapter'

interface ScopeParts {
  readonly policy: AccessPolicy
  readonly closeHubs: boolean
  readonly options: object
}

const SCOPE = Symbol('wshub.scope')

/** One registration of the plugin, for the routes in its Fastify scope. */
export class Scope {
  readonly policy: AccessPolicy
  /** Whether the hubs of its routes close with the app. */
  readonly closeHubs: boolean
  /** As the app gave them. */
  readonly options: object

  constructor({ policy, closeHubs, options }: ScopeParts) {
    this.policy = policy
    this.closeHubs = closeHubs
    this.options = options
  }

  // The instance of an inner scope has the outer one as its prototype: the property is inherited as decorators are.
  /** The nearest registration that holds for a Fastify instance. */
  static of(fastify: object): Scope | undefined {
    const scope: unknown = Reflect.get(fastify, SCOPE)
    return scope instanceof Scope ? scope : undefined
  }

  /** The registration of this very instance. */
  static ownOf(fastify: object): Scope | undefined {
    return Object.hasOwn(fastify, SCOPE) ? Scope.of(fastify) : undefined
  }

  /** Holds for a Fastify instance and the scopes in it from now on. */
  applyTo(fastify: object): void {
    Object.assign(fastify, { [SCOPE]: this })
  }
}
