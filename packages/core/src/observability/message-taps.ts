import type { Frame } from '../broadcast/frame.js'

/** Sees the messages of one connection. Must not throw, and must not keep bytes: they are reused. */
export interface MessageTap {
  /** A message of the client, before it is handled. */
  received(data: Buffer, binary: boolean): void
  /** A message to the client: a text, or bytes. */
  sent(data: string | Uint8Array): void
}

/** The taps of a hub. If there are none, they cost each message only a comparison. */
export class MessageTaps<Connection> {
  readonly #taps = new Map<Connection, MessageTap>()

  /** Whether no connection is tapped. */
  get isEmpty(): boolean {
    return this.#taps.size === 0
  }

  /** Taps a connection, in place of its earlier tap. */
  add(connection: Connection, tap: MessageTap): void {
    this.#taps.set(connection, tap)
  }

  remove(connection: Connection): void {
    this.#taps.delete(connection)
  }

  received(connection: Connection, message: string | Buffer): void {
    const isText = typeof message === 'string'
    this.#taps.get(connection)?.received(isText ? Buffer.from(message) : message, !isText)
  }

  sent(connection: Connection, { payload }: Frame): void {
    this.#taps.get(connection)?.sent(payload)
  }
}
