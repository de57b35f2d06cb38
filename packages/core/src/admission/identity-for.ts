import type { Identity } from './identity.js'

// TypeScript checks no literal that a function returns for unknown properties; these are the ones that people write.
interface Misspelt {
  readonly id?: never
  readonly userId?: never
  readonly sessionId?: never
  readonly room?: never
  readonly expires?: never
}

type Held<Data> = undefined extends Data ? unknown : { readonly data: Data }

/** What `describe` has to return for a hub whose connections hold `Data`: its data may only be left out if it may be undefined. */
export type IdentityFor<Data = unknown> = Identity<Data> & Held<Data> & Misspelt

/** What a hub has to be to be mounted without `describe`: one whose data may be undefined. */
export type NeedsNoData<Data> = undefined extends Data
  ? unknown
  : { readonly 'this hub holds data: upgrade(hub, describe) needs a describe that returns it': never }
