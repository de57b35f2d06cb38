import { type Position, Router } from '@wshub/core'
import type { TestClient } from '@wshub/core/testing'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { RedisServer } from '../../../test/support/redis.js'
import { redisBroker, type RedisBrokerOptions } from '../src/index.js'

/** Starts Redis processes for the tests of the surrounding `describe`, and ends them and the hubs after each. */
export function redisServers(): (...options: string[]) => Promise<RedisServer> {
  const servers: RedisServer[] = []

  afterEach(async () => {
    await closeHubServers()
    await Promise.all(servers.splice(0).map((server) => server.kill()))
  })

  return async (...options) => {
    const server = await RedisServer.start(...options)
    servers.push(server)
    return server
  }
}

/** A hub over a Redis: rooms `log:…` keep messages, rooms `presence:…` announce their members. */
export function hubServer(server: RedisServer, options: RedisBrokerOptions = {}): HubServer {
  const made = new HubServer({ router: new Router(), broker: redisBroker({ url: server.url }, options) })
  made.hub.createRoom(/^log:/, { history: { size: 500, ttl: 60_000 } })
  made.hub.createRoom(/^presence:/, { presence: true })
  return made
}

/** Two hubs over a Redis, both connected. */
export async function pair(server: RedisServer, options: RedisBrokerOptions = {}): Promise<[HubServer, HubServer]> {
  const both: [HubServer, HubServer] = [hubServer(server, options), hubServer(server, options)]
  await Promise.all(both.map(({ hub }) => hub.ready))
  return both
}

/** Emits until a message has arrived, because a subscription may take a moment. */
export async function reaches({ hub }: HubServer, client: TestClient, room = 'a'): Promise<void> {
  const mark = Math.random()
  const sender = setInterval(() => hub.room(room).emit('ping', mark), 20)
  const deadline = Date.now() + 10_000
  try {
    while (Date.now() < deadline) {
      const message = await client.next().catch(() => undefined)
      if ((message as { payload?: unknown } | undefined)?.payload === mark) return
    }
    throw new Error('expected a message within 10 s, got none')
  } finally {
    clearInterval(sender)
  }
}

export async function skipping(client: TestClient, type: string): Promise<unknown> {
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type !== type) return message
  }
}

export async function typed(client: TestClient, type: string): Promise<unknown> {
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type === type) return message
  }
}

/** The position of the next message of a client. */
export async function positionOf(client: TestClient): Promise<Position> {
  const { offset, epoch, tag } = (await client.next()) as unknown as Position
  return { offset, epoch, tag }
}
