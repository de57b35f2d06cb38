import type { Duplex } from 'node:stream'

/** Bytes that a client may send before its handshake is answered; then the socket is paused. */
const MOST = 64 * 1024

/** Reads a socket while its handshake is under way: keeps what comes, and drops the socket when the client leaves. */
export class Early {
  readonly #socket: Duplex
  readonly #chunks: Buffer[] = []
  #size = 0
  readonly #keep = (chunk: Buffer): void => {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size > MOST) this.#socket.pause()
  }
  readonly #leave = (): void => void this.#socket.destroy()

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('data', this.#keep).once('end', this.#leave)
  }

  /** Stops reading. @returns what has come */
  stop(): readonly Buffer[] {
    this.#socket.off('data', this.#keep).off('end', this.#leave)
    return this.#chunks
  }
}
