import { setImmediate } from 'node:timers/promises'
import fastifyWebsocket from '@fastify/websocket'
import { Hub } from '@wshub/core'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { latch } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

type Options = NonNullable<Parameters<typeof wshub>[1]>

const echo = (): Hub => new Hub({ onMessage: (connection, data) => connection.send(data) })

describe('app.close() in Fastify', () => {
  const undo: (() => unknown)[] = []
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one()
  })

  async function listening(build: (app: FastifyInstance) => unknown, options: Options = {}) {
    const app = Fastify()
    undo.push(() => app.close())
    await app.register(wshub, options)
    await build(app)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const ws = async (path: string): Promise<WsClient> => {
      const client = await WsClient.open(`ws://127.0.0.1:${port}${path}`)
      undo.push(() => client.socket.terminate())
      return client
    }
    return { app, ws }
  }

  test('app.close() in Fastify ends the hubs of every kind of route first, each client with 1001 after the messages that were queued', async () => {
    const hubs = [echo(), echo(), echo(), echo()] as const
    const { app, ws } = await listening((it) => {
      it.get('/0', { websocket: true }, upgrade(hubs[0]))
      it.get('/1', upgrade(hubs[1]))
      it.route({ method: 'GET', url: '/2', handler: async () => 'page', wsHandler: upgrade(hubs[2]) })
      it.register(async (inner) => void inner.get('/3', { websocket: true }, upgrade(hubs[3])))
    })
    const clients = await Promise.all(hubs.map((_, index) => ws(`/${index}`)))
    for (const hub of hubs) hub.emit('last')
    await app.close()
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1001, reason: expect.stringMatching(/^retry=\d+$/) })
      expect(client.messages).toEqual(['{"type":"last"}'])
    }
    expect(hubs.map((hub) => hub.connections.size)).toEqual([0, 0, 0, 0])
    expect(app.server.listening).toBe(false)
  })

  test('app.close() in Fastify waits for a handler in progress, whose reply is sent before the 1001', async () => {
    const { held: opened, release: open } = latch()
    const order: string[] = []
    const hub = new Hub({
      onMessage: async (connection) => {
        order.push('begun')
        await opened
        connection.send('done')
      },
      onClose: () => void order.push('closed'),
    })
    const { app, ws } = await listening((it) => {
      it.get('/ws', { websocket: true }, upgrade(hub))
      it.addHook('onClose', async () => void order.push('onClose'))
    })
    const client = await ws('/ws')
    client.send('work')
    while (order.length === 0) await setImmediate()
    const closing = app.close()
    await setImmediate()
    open()
    expect((await client.closed).code).toBe(1001)
    await closing
    expect(client.messages).toEqual(['done'])
    expect(order).toEqual(['begun', 'closed', 'onClose'])
  })

  test('app.close() in Fastify with closeHubs: false waits for the owner of the hub to close it', async () => {
    const hub = echo()
    const reached = latch()
    const { app, ws } = await listening(
      (it) => {
        it.get('/ws', { websocket: true }, upgrade(hub))
        it.addHook('preClose', async () => reached.release())
      },
      { closeHubs: false },
    )
    const client = await ws('/ws')
    const closing = app.close()
    await reached.held
    expect(await client.send('still here').received(1)).toEqual(['still here'])
    expect(hub.connections.size).toBe(1)
    await hub.close()
    expect((await client.closed).code).toBe(1001)
    await closing
  })

  test('the first app.close() closes a hub that two Fastify apps share', async () => {
    const hub = echo()
    const [one, two] = [
      await listening((it) => void it.get('/ws', { websocket: true }, upgrade(hub))),
      await listening((it) => void it.get('/ws', { websocket: true }, upgrade(hub))),
    ]
    const [first, second] = [await one.ws('/ws'), await two.ws('/ws')]
    await one.app.close()
    expect([(await first.closed).code, (await second.closed).code]).toEqual([1001, 1001])
    await expect(two.ws('/ws')).rejects.toMatchObject({ status: 503 })
  })

  test.each([false, true])(
    'app.close() in Fastify leaves no listener on the server, @fastify/websocket registered before: %s',
    async (before) => {
      const app = Fastify()
      if (before) await app.register(fastifyWebsocket)
      await app.register(wshub, { claims: () => true })
      app.get('/ws', { websocket: true }, upgrade(echo()))
      await app.ready()
      expect(app.server.listenerCount('upgrade')).toBe(1)
      await app.close()
      expect([app.server.listenerCount('upgrade'), Object.hasOwn(app.server, 'emit')]).toEqual([0, false])
    },
  )

  test('a route of upgrade() in an app without the plugin fails with an error that names the plugin', async () => {
    const said: string[] = []
    const app = Fastify()
    undo.push(() => app.close())
    await app.register(fastifyWebsocket, {
      errorHandler(error, socket) {
        said.push(error.message)
        socket.terminate()
      },
    })
    app.get('/ws', { websocket: true }, upgrade(echo()) as never)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const client = await WsClient.open(`ws://127.0.0.1:${port}/ws`)
    await client.closed
    expect(said).toEqual([expect.stringContaining('await app.register(wshub)')])
  })
})
