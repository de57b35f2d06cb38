import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** What the `'upgrade'` event hands over. */
export interface UpgradeArguments {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Bytes that came behind the request. */
  readonly head: Buffer
}

/** A seat in a hub that a handshake was promised. */
export interface PendingConnection {
  /** Sends the real 101 with these header lines and opens the connection. */
  take(upgrade: UpgradeArguments, headers: readonly string[]): void
  /** The handshake does not become a connection. */
  release(): void
}
