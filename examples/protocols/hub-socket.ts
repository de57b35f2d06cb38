import { EventEmitter } from 'node:events'
import type { Connection } from '@wshub/core'

/** A connection in the form of a WebSocket of ws. Pass raw messages to it: `socket.emit('message', data, isBinary)`. */
export class HubSocket extends EventEmitter {
  readonly OPEN = 1
  readonly protocol: string
  binaryType = 'nodebuffer'
  readonly connection: Connection

  constructor(connection: Connection) {
    super()
    this.connection = connection
    this.protocol = connection.handshake.protocol
    void connection.closed.then(({ code, reason }) => this.emit('close', code, Buffer.from(reason)))
  }

  get readyState(): number {
    return { open: 1, closing: 2, closed: 3 }[this.connection.state]
  }

  get bufferedAmount(): number {
    return this.connection.bufferedAmount
  }

  send(data: string | Uint8Array, ...rest: unknown[]): void {
    const done = rest.at(-1)
    this.connection.send(data)
    if (typeof done === 'function') void this.connection.drained.then(() => void done())
  }

  ping(): void {
    void this.connection.ping().then(
      () => this.emit('pong'),
      () => {},
    )
  }

  close(code?: number, reason?: string): void {
    this.connection.close(code, reason)
  }

  terminate(): void {
    this.connection.terminate()
  }
}
