import { setImmediate } from 'node:timers/promises'
import type { Socket } from 'node:net'
import { handshake } from '../support/request.js'
import { CLOSE } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import { scale } from '../support/scale.js'
import { latch, inBatches, until } from '../support/wait.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

describe.each(hosts)('early frames on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('a frame in the packet of the request is answered', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(`got ${String(data)}`) })
    const server = await app((it) => it.ws('/chat', chat))
    const client = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame('hello')]))
    expect(await client.status()).toBe(101)
    expect(await client.texts(1)).toEqual(['got hello'])
  })

  test('request and frame may be split at any byte', async () => {
    const arrived = new Map<number, Socket>()
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat), {
      before: (it) => it.on('connection', (socket: Socket) => arrived.set(socket.remotePort ?? 0, socket)),
    })
    const bytes = Buffer.concat([Buffer.from(handshake('/chat')), frame('one'), frame('two')])
    const cuts = [...bytes.keys()].slice(1).filter((cut) => cut % scale(1, 5) === 0)
    await inBatches(cuts, 20, async (cut) => {
      const client = raw(server, bytes.subarray(0, cut))
      const peer = (): Socket | undefined => arrived.get(client.socket.localPort ?? -1)
      while (peer()?.bytesRead !== cut) await setImmediate()
      client.send(bytes.subarray(cut))
      expect([cut, await client.status()]).toEqual([cut, 101])
      expect(await client.texts(2)).toEqual(['one', 'two'])
    })
    expect(chat.stats().received).toBe(2 * cuts.length)
  })

  test('frames that arrive during the authentication are handled after it', async () => {
    const { held: opened, release: open } = latch()
    let waiting = false
    const received: string[] = []
    const chat = hub({ onMessage: (_, data) => void received.push(String(data)) })
    const server = await app((it) => {
      it.ws('/chat', chat, {
        before: [
          () => {
            waiting = true
            return opened
          },
        ],
      })
    })
    const client = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame('0')]))
    await until(() => waiting)
    for (const text of numbers(100).slice(1)) {
      client.send(frame(text))
      await setImmediate()
    }
    open()
    await until(() => received.length >= 100)
    expect(received).toEqual(numbers(100))
  })

  test('reading is paused if a client keeps sending during the authentication, and no frame is lost', async () => {
    const { held: opened, release: open } = latch()
    let peer: Socket | undefined
    let received = 0
    let inOrder = true
    const chat = hub({
      onMessage: (_, data) => {
        inOrder &&= String(data).startsWith(`${received}:`)
        received += 1
      },
    })
    const server = await app((it) => it.ws('/chat', chat, { before: [() => opened] }), {
      before: (it) => it.on('connection', (socket: Socket) => (peer = socket)),
    })
    const client = raw(server, handshake('/chat'))
    for (let index = 0; index < 1000; index += 1) client.send(frame(`${index}:`.padEnd(10_000, '.')))
    await until(() => peer !== undefined && peer.isPaused())
    expect(peer?.bytesRead).toBeLessThan(1_000_000)
    open()
    await until(() => received >= 1000)
    expect([received, inOrder]).toEqual([1000, true])
  })

  test('a hundred frames that arrive while onOpen waits are handled once, in order and after it', async () => {
    const { held: opened, release: open } = latch()
    const events: string[] = []
    const chat = hub({
      onOpen: async () => {
        events.push('opening')
        await opened
        events.push('open')
      },
      onMessage: (_, data) => void events.push(String(data)),
    })
    const server = await app((it) => it.ws('/chat', chat))
    const client = raw(server, handshake('/chat'))
    expect(await client.status()).toBe(101)
    client.send(Buffer.concat(numbers(100).map((text) => frame(text))))
    // When a second client has connected and closed, the server has read the frames of the first.
    await fetch(`${server.url}/chat`)
    expect(events).toEqual(['opening'])
    open()
    await until(() => events.length >= 102)
    expect(events).toEqual(['opening', 'open', ...numbers(100)])
  })

  test('messages of onOpen are sent before every answer, and a close frame right after the request is answered', async () => {
    const chat = hub({
      onOpen: (connection) => connection.send('welcome'),
      onMessage: (connection, data) => connection.send(data),
    })
    const server = await app((it) => it.ws('/chat', chat))
    const client = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame('hi')]))
    expect(await client.status()).toBe(101)
    expect(await client.texts(2)).toEqual(['welcome', 'hi'])
    const brief = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame(Buffer.from([3, 232]), CLOSE)]))
    expect(await brief.status()).toBe(101)
    expect(await brief.texts(1)).toEqual(['welcome'])
    expect(await brief.frame()).toMatchObject({ opcode: CLOSE, payload: Buffer.from([3, 232]) })
    await brief.ended
  })

  test('answers to frames before a close frame in the same packet are sent before the close frame of the server', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat))
    const client = raw(server, handshake('/chat'))
    expect(await client.status()).toBe(101)
    client.send(Buffer.concat([frame('last words'), frame(Buffer.from([3, 232]), CLOSE)]))
    expect((await client.frame())?.payload.toString()).toBe('last words')
    expect(await client.frame()).toMatchObject({ opcode: CLOSE })
  })

  test('an unmasked frame right after the request closes only this connection', async () => {
    const failures: string[] = []
    const chat = hub({ onError: (_, { stage: where }) => void failures.push(where) })
    const server = await app((it) => it.ws('/chat', chat))
    const good = await ws(server, '/chat')
    const bad = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), Buffer.from([0x81, 1, 65])]))
    expect(await bad.status()).toBe(101)
    expect((await bad.frame())?.payload.readUInt16BE()).toBe(1002)
    expect(failures).toEqual(['receive'])
    expect(good.socket.readyState).toBe(good.socket.OPEN)
  })
})
