import type { IncomingMessage, Server } from 'node:http'
import { attach } from '@wshub/core'
import { handshake } from '../support/request.js'
import { until } from '../support/wait.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

type Modern = Server & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean }

const claims = (): boolean => true
const decide = (): boolean => true

describe.each(hosts.filter(({ detaches }) => detaches))('detach on $name', (host) => {
  const { app, hub, ws, raw, later } = setUp(host)

  test.each([
    ['with claims', { claims }],
    ['without', {}],
  ])('%s, detach() restores the listeners of the server', async (_, options) => {
    const before: { listeners?: unknown; decide?: unknown } = {}
    const server = await app((it) => it.ws('/chat', hub()), {
      attach: options,
      before: (it: Modern) => {
        it.on('upgrade', () => {})
        it.shouldUpgradeCallback = decide
        before.listeners = eventsOf(it)
      },
    })
    server.detach()
    const { server: bare } = server as { server: Modern }
    expect(eventsOf(bare)).toEqual(before.listeners)
    expect(Object.hasOwn(bare, 'emit')).toBe(false)
    expect(bare.shouldUpgradeCallback).toBe(decide)
  })

  test('after detach() open connections stay open, and the hub gets no upgrade', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat))
    const client = await ws(server, '/chat')
    server.detach()
    expect(await client.send('still here').received(1)).toEqual(['still here'])
    const answer = await raw(server, handshake('/chat')).answer()
    expect(answer?.status).toBe(426)
    expect(answer?.body).toContain('attach')
    expect(chat.stats().opened).toBe(1)
  })

  test('a second detach() does nothing, and a wrapper of emit that was added after attach() stays', async () => {
    const server = await app((it) => it.ws('/chat', hub()), { attach: { claims } })
    const bare = server.server
    const inner = bare.emit.bind(bare) as (...args: unknown[]) => boolean
    const seen: unknown[] = []
    const wrapper = (...args: unknown[]): boolean => {
      seen.push(args[0])
      return inner(...args)
    }
    bare.emit = wrapper as typeof bare.emit
    server.detach()
    server.detach()
    expect(Reflect.get(bare, 'emit')).toBe(wrapper)
    expect(await raw(server, handshake('/chat')).status()).toBe(426)
    expect(seen).toContain('request')
  })

  test('a server that is attached twice accepts each client once', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat))
    const undo = attach(server.server)
    later(undo)
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
    server.detach()
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(2)
  })

  test('a server that was attached, detached and attached again works', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat), { attach: { claims } })
    server.detach()
    later(attach(server.server, { claims }))
    const client = await ws(server, '/chat')
    await client.close()
    await until(() => chat.connections.size === 0)
    expect(chat.stats().opened).toBe(1)
  })
})

function eventsOf(server: Server): unknown[] {
  return server.eventNames().map((event) => [event, server.listeners(event)])
}
