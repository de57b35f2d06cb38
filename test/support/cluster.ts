import { Redis } from 'ioredis'
import { Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { redisBroker, type RedisBrokerOptions, type RedisSource } from '@wshub/redis'
import { closeHubServers, HubServer } from '../../packages/core/test/hub-server.js'
import { RedisServer } from './redis.js'
import { TcpProxy } from './tcp-proxy.js'
import { expectEventually } from './wait.js'

/** The address of Redis, or of a proxy before it. */
export interface Endpoint {
  readonly port: number
}

/** The two client libraries of the broker. */
export const LIBRARIES: readonly (readonly [name: string, source: (at: Endpoint) => RedisSource])[] = [
  ['redis', urlOf],
  ['ioredis', ({ port }) => ({ client: new Redis(port, '127.0.0.1', { lazyConnect: true }) })],
]

/** The source of a broker that creates its own client. */
export function urlOf({ port }: Endpoint): { url: string } {
  return { url: `redis://127.0.0.1:${port}` }
}

/** A message that a client gets. */
export interface Message {
  readonly type: string
  readonly payload?: unknown
  readonly offset?: number
  readonly epoch?: string
  readonly tag?: string
}

/** Starts servers and clients for the tests of the surrounding `describe`, and closes them after each test. */
export function redisSetup(): {
  readonly redis: (...options: string[]) => Promise<RedisServer>
  readonly proxy: (to: Endpoint) => Promise<TcpProxy>
  readonly hubServer: (source: RedisSource, options?: RedisBrokerOptions) => HubServer
  /** Two servers that are connected to each other. */
  readonly pair: (at: Endpoint) => Promise<[HubServer, HubServer]>
  readonly later: (end: () => unknown) => void
} {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    await closeHubServers()
    for (const end of ends.splice(0).toReversed()) await end()
  })
  return {
    hubServer: hubServerOver,
    async redis(...options) {
      const server = await RedisServer.start(...options)
      ends.push(() => server.kill())
      return server
    },
    async proxy({ port }) {
      const proxy = await TcpProxy.to(port)
      ends.push(() => proxy.close())
      return proxy
    },
    async pair(at) {
      const [here, there] = [hubServerOver(urlOf(at)), hubServerOver(urlOf(at))]
      await Promise.all([here.hub.ready, there.hub.ready])
      return [here, there]
    },
    later: (end) => void ends.push(end),
  }
}

function hubServerOver(source: RedisSource, options?: RedisBrokerOptions): HubServer {
  // Missed messages are sent at once. The buffer limit is not what these tests check.
  const limits = { maxBufferedBytes: 64 * 1024 * 1024 }
  const made = new HubServer({ router: new Router(), broker: redisBroker(source, options), limits })
  made.hub.createRoom(/^log/, { history: { size: 10_000, ttl: 600_000 } })
  made.hub.createRoom(/^presence/, { presence: true })
  return made
}

/** Collects everything that a client gets from now on. */
export class Listener {
  readonly messages: Message[] = []

  constructor(client: TestClient) {
    void this.#listen(client)
  }

  /** The payloads of one type. */
  payloads(type: string): unknown[] {
    return this.messages.filter((message) => message.type === type).map(({ payload }) => payload)
  }

  async #listen(client: TestClient): Promise<void> {
    const state = { open: true }
    void client.closed.then(() => (state.open = false))
    while (state.open) {
      const message = await client.next().catch(() => undefined)
      if (message) this.messages.push(message as unknown as Message)
    }
  }
}

/** Sends a marker repeatedly until it arrives, however long the subscription takes. */
export async function reaches({ hub }: HubServer, listener: Listener, room: string): Promise<void> {
  const mark = `mark ${Math.random()}`
  await expectEventually(() => {
    if (listener.payloads('mark').includes(mark)) return
    hub.room(room).emit('mark', mark)
    throw new Error(`expected a message in ${room}, got none`)
  }, 20_000)
}
