import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { RedisServer } from '../support/redis.js'

/** One connection through a meter: the bytes in both directions. */
interface Flow {
  readonly sent: Buffer[]
  readonly received: Buffer[]
  listens: boolean
}

/** A proxy that records the bytes between a Redis and its clients. */
export class Meter {
  readonly #server = createServer()
  readonly #sockets = new Set<Socket>()
  readonly #flows: Flow[] = []

  static async to({ port }: RedisServer): Promise<Meter> {
    const meter = new Meter()
    meter.#server.on('connection', (near) => meter.#join(near, connect(port, '127.0.0.1')))
    meter.#server.listen(0, '127.0.0.1')
    await once(meter.#server, 'listening')
    return meter
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The bytes from Redis on connections with a subscription. */
  get heard(): Buffer {
    return Buffer.concat(this.#flows.filter(({ listens }) => listens).flatMap(({ received }) => received))
  }

  /** The bytes to Redis on all connections. */
  get asked(): Buffer {
    return Buffer.concat(this.#flows.flatMap(({ sent }) => sent))
  }

  /** The bytes from Redis on all connections. */
  get received(): Buffer {
    return Buffer.concat(this.#flows.flatMap(({ received }) => received))
  }

  reset(): void {
    for (const { sent, received } of this.#flows) for (const chunks of [sent, received]) chunks.length = 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket, far: Socket): void {
    const flow: Flow = { sent: [], received: [], listens: false }
    this.#flows.push(flow)
    for (const socket of [near, far]) this.#sockets.add(socket.on('error', () => {}))
    near.on('data', (chunk: Buffer) => {
      flow.sent.push(chunk)
      if (/subscribe\r\n/i.test(chunk.toString('latin1'))) flow.listens = true
    })
    far.on('data', (chunk: Buffer) => flow.received.push(chunk))
    near.pipe(far).pipe(near)
  }
}
