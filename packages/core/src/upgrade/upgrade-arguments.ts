import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The arguments of the `'upgrade'` event. */
export interface UpgradeArguments {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Bytes that arrived after the request. */
  readonly head: Buffer
}

/** A place in a hub that is reserved for a handshake. */
export interface PendingConnection {
  /** Sends the real 101 with these header lines and opens the connection. */
  take(upgrade: UpgradeArguments, headers: readonly string[]): void
  /** Releases the place, because the handshake does not become a connection. */
  release(): void
}
