import { setImmediate } from 'node:timers/promises'
import { handshake, plain } from '../support/request.js'
import { frame } from '../support/frame.js'
import { latch, until } from '../support/wait.js'
import { HOSTILE, ODD } from './hostile-handshakes.js'
import { type App, hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const ROOM = { maxHeaderSize: 64 * 1024 }

describe.each(hosts)('hostile handshakes on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test.each(HOSTILE)('$name: $status', async ({ bytes, status, line }) => {
    let seen = 0
    const log: string[] = []
    const received: unknown[] = []
    const chat = hub({ onMessage: (_, data) => void received.push(data) })
    const build = (it: App): void => {
      it.use(() => void (seen += 1))
      it.ws('/chat', chat)
      it.fallback(() => ({ status: 200, body: 'spa' }))
    }
    const server = await app(build, { ...ROOM, log })
    const client = raw(server, bytes)
    const answer = await client.answer()
    expect(answer?.status).toBe(status)
    expect(answer?.lines).toEqual(expect.arrayContaining(line === undefined ? [] : [line]))
    await client.ended
    expect([seen, chat.stats().opened, received, log]).toEqual([0, 0, [], []])
  })

  test.each(ODD)('%s is accepted', async (_, bytes) => {
    const chat = hub({ compression: true })
    const server = await app((it) => it.ws('/chat', chat), ROOM)
    const answer = await raw(server, bytes).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.header('sec-websocket-protocol')).toBeUndefined()
    expect(answer?.header('sec-websocket-extensions')).toBeUndefined()
    expect(chat.stats().opened).toBe(1)
  })

  test('the connection is closed if an upgrade follows an unanswered request in one packet, and no 101 is logged', async () => {
    const { held: opened, release: open } = latch()
    const log: string[] = []
    let closed = 0
    const chat = hub()
    const server = await app(
      (it) => {
        it.get('/slow', async ({ res }) => {
          res.once('close', () => (closed += 1))
          await opened
          return { body: 'late' }
        })
        it.ws('/chat', chat)
      },
      { log },
    )
    const client = raw(server, Buffer.concat([Buffer.from(plain('/slow') + handshake('/chat')), frame('hi')]))
    expect(await client.answer()).toBeUndefined()
    await until(() => closed === 1)
    open()
    await setImmediate()
    await ws(server, '/chat')
    expect(chat.stats()).toMatchObject({ opened: 1, received: 0 })
    expect(log.filter((line) => line.endsWith(' 101'))).toEqual(['GET /chat 101'])
  })

  test('an upgrade after an answered request on the same connection is accepted', async () => {
    const server = await app((it) => {
      it.get('/page', () => ({ body: 'a page' }))
      it.ws('/chat', hub())
    })
    const client = raw(server, plain('/page'))
    expect((await client.answer())?.body).toBe('a page')
    expect(await client.send(handshake('/chat')).status()).toBe(101)
  })

  test('the second of two handshakes in one packet is read as a frame, and the connection closes with 1002', async () => {
    const chat = hub({ onError: () => {} })
    const server = await app((it) => it.ws('/chat', chat))
    const client = raw(server, handshake('/chat') + handshake('/chat'))
    expect(await client.status()).toBe(101)
    expect((await client.frame())?.payload.readUInt16BE()).toBe(1002)
    expect(chat.stats().opened).toBe(1)
  })
})
