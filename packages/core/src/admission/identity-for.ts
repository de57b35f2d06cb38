import type { Identity } from './identity.js'

type HeldData<Data> = undefined extends Data ? unknown : { readonly data: Data }

/** The identity of a connection whose `data` is `Data`. `data` may be left out if it may be undefined. */
export type IdentityFor<Data = unknown, State = unknown> = Omit<Identity<Data>, 'presence'> &
  HeldData<Data> & {
    /**
     * What members of rooms with presence see of the user: JSON of at most 1,024 bytes, visible to all of them. A repeated
     * handshake changes it if `describe` returns another state than for the handshake before.
     */
    readonly presence?: State | undefined
  }

/** What `describe` returns, at once or later. */
export type IdentityResult<Data = unknown, State = unknown> =
  | IdentityFor<Data, State>
  | Promise<IdentityFor<Data, State>>

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
