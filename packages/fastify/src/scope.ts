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
  /** The options as the app passed them. */
  readonly options: object

  constructor({ policy, closeHubs, options }: ScopeParts) {
    this.policy = policy
    this.closeHubs = closeHubs
    this.options = options
  }

  // The instance of an inner scope has the outer instance as its prototype, so it inherits the property as it does decorators.
  /** The registration that applies to a Fastify instance: that of its own scope, or of the nearest scope around it. */
  static of(fastify: object): Scope | undefined {
    const scope: unknown = Reflect.get(fastify, SCOPE)
    return scope instanceof Scope ? scope : undefined
  }

  /** The registration of this instance itself, not of a scope around it. */
  static ownOf(fastify: object): Scope | undefined {
    return Object.hasOwn(fastify, SCOPE) ? Scope.of(fastify) : undefined
  }

  /** Applies this registration to a Fastify instance and the scopes in it. */
  applyTo(fastify: object): void {
    Object.assign(fastify, { [SCOPE]: this })
  }
}
