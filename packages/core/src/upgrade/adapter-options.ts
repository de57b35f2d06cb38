import type { AccessPolicy } from './access-policy.js'

/** Options that an adapter adds to those of the app. */
export interface AdapterOptions {
  /**
   * Returns the prototype of the framework's responses. Responses of upgrades are created with it, which is faster than
   * letting the framework change the prototype later.
   * @default that of Node's `ServerResponse`
   */
  readonly responsePrototype?: (() => unknown) | undefined
  /** Returns the prototype of the framework's requests, for repeated handshakes. @default that of `IncomingMessage` */
  readonly requestPrototype?: (() => unknown) | undefined
  /**
   * Returns the policies of the app. A request that all of them refuse is refused before the app runs.
   * @default the policy of the options `origins` and `hosts`
   */
  readonly policies?: (() => readonly AccessPolicy[]) | undefined
}
