import type { EventEmitter } from 'node:events'

/**
 * A WebSocket of `ws`, declared here because `ws` has no types of its own. Its events and methods are those of `ws`: `message`
 * has `(data: Buffer, isBinary: boolean)`, `close` has `(code: number, reason: Buffer)`.
 */
export interface TestSocket extends EventEmitter {
  /** The subprotocol that the server selected; empty if none was. */
  readonly protocol: string
  /** 0 while it connects, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  /** Bytes that were sent and are not written yet. */
  readonly bufferedAmount: number
  /** Sends a text frame (string) or a binary frame (bytes). @throws Error while it connects */
  send(data: string | Uint8Array): void
  /** Sends a ping of at most 125 bytes. @throws Error while it connects */
  ping(data?: string | Uint8Array): void
  /** Sends a pong of at most 125 bytes. @throws Error while it connects */
  pong(data?: string | Uint8Array): void
  /** Stops reading. */
  pause(): void
  /** Reads again. */
  resume(): void
  /** Starts the close handshake. */
  close(code?: number, reason?: string): void
  /** Drops the connection without a close frame. */
  terminate(): void
}
