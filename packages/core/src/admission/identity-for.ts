import type { Identity } from './identity.js'

// TypeScript does not check the literal that a function returns for unknown properties. These are common mistakes.
interface Misspelt {
  readonly id?: never
  readonly userId?: never
  readonly sessionId?: never
  readonly room?: never
  readonly expires?: never
}

type HeldData<Data> = undefined extends Data ? unknown : { readonly data: Data }

/** What `describe` returns for a hub whose connections have `Data`. `data` may be left out if it may be undefined. */
export type IdentityFor<Data = unknown> = Identity<Data> & HeldData<Data> & Misspelt
