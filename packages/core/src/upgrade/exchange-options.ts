import type { HandshakeWarnings } from '../observability/handshake-warnings.js'
import type { RerunSource } from '../refresh/rerun-source.js'
import type { AccessPolicy } from './access-policy.js'
import type { MakeResponse } from './response-factory.js'

/** Options of an exchange. */
export interface ExchangeOptions {
  /** Milliseconds that the app may take. */
  readonly timeout: number
  readonly respond: MakeResponse
  /** Whether another `'upgrade'` listener has taken the socket; `undefined` if no other listener can. */
  readonly isTakenByOther: (() => boolean) | undefined
  /** The pages that may connect, unless the route belongs to a scope with a policy of its own. */
  readonly policy: AccessPolicy
  /** Whether a refusal is sent as a close frame, which pages can read, and not as an HTTP answer. */
  readonly refusesByClose: boolean
  /** Warns about handshakes that the app answers wrongly or not at all. */
  readonly warnings: HandshakeWarnings
  /** Repeats the handshake later, for a refresh. */
  readonly rerunSource: RerunSource
}
