import type { RerunSource } from '../refresh/rerun-source.js'
import type { AccessPolicy } from './access-policy.js'
import type { MakeResponse } from './response-factory.js'

/** How an exchange is led. */
export interface ExchangeOptions {
  /** Milliseconds that the app may take. */
  readonly timeout: number
  readonly respond: MakeResponse
  /** Whether another `'upgrade'` listener has taken the socket; absent where nobody else can. */
  readonly taken: (() => boolean) | undefined
  /** Who may connect, unless the route belongs to a scope that has a policy of its own. */
  readonly policy: AccessPolicy
  /** Whether a refusal is sent as a close frame, which pages can read. */
  readonly readable: boolean
  /** Repeats the handshake later. */
  readonly source: RerunSource
}
