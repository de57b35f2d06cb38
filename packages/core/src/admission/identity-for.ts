import type { Identity } from './identity.js'

type HeldData<Data> = undefined extends Data ? unknown : { readonly data: Data }

/** The identity of a connection that holds `Data`. `data` may be left out if it may be undefined. */
export type IdentityFor<Data = unknown> = Identity<Data> & HeldData<Data>

/** What `describe` returns, at once or later. */
export type IdentityResult<Data = unknown> = IdentityFor<Data> | Promise<IdentityFor<Data>>

/** The error of a `describe` whose result has a property that no identity has. */
interface UnknownProperty<Name> {
  readonly 'describe() returns an unknown property': Name
}

type UnknownKeys<Result> = Result extends unknown ? Exclude<keyof Awaited<Result>, keyof Identity> : never

/**
 * The result of a `describe`, which does not compile if it has an unknown property. TypeScript does not check the properties of
 * an object that a function returns.
 */
export type KnownIdentity<Result> = Result &
  ([UnknownKeys<Result>] extends [never] ? unknown : UnknownProperty<UnknownKeys<Result>>)
