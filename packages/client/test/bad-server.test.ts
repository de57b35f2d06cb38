import { WebSocket } from 'ws'
import { BadServer, behave, type Script, send } from './support/bad-server.js'
import { nextOf, statusOf } from './support/client-server.js'

// Servers that break the protocol. The client ignores it, reports it once or reconnects. An uncaught error fails
// the test by itself.

let server: BadServer

afterEach(async () => {
  await server.close()
})

async function open(script: Script = behave): Promise<void> {
  server = await BadServer.open(script)
}

/** Sends texts to a connected client, which must serve a request after them. */
async function survives(texts: readonly string[]): Promise<unknown[]> {
  await open()
  const client = server.client({ WebSocket })
  const room = client.room('a')
  await room.joined
  const raw: unknown[] = []
  client.onRaw((data) => raw.push(data))
  for (const text of texts) server.sockets[0]?.send(text)
  expect(await client.request('still there?', 1)).toBe(1)
  expect([server.accepted, server.errors]).toEqual([1, []])
  return raw
}

describe('frames', () => {
  test('texts that are not envelopes are raw frames', async () => {
    const texts = ['', '{', 'null', '[]', '7', '"x"', '{}', '{"type":5}', '{"type":"x","id":null}', '['.repeat(100_000)]
    expect(await survives(texts)).toEqual(texts)
  })

  test('protocol messages with members of other types are ignored', async () => {
    const payloads = ['null', '7', '[]', '{}', '{"room":7}', '{"room":"nowhere","code":7}', '{"room":"__proto__"}']
    const types = ['hub:left', 'hub:presence', 'hub:gap', 'hub:next', 'hub:later']
    const texts = types.flatMap((type) => payloads.map((payload) => `{"type":"${type}","payload":${payload}}`))
    const presence = [
      '{"seq":"x","joined":7}',
      '{"seq":1,"reset":true,"entries":[null,7]}',
      '{"seq":2,"joined":[null],"left":[{}]}',
    ]
    const news = presence.map((payload) => `{"type":"hub:presence","payload":{"room":"a",${payload.slice(1)}}`)
    expect(await survives([...texts, ...types.map((type) => `{"type":"${type}"}`), ...news])).toEqual([])
  })

  test('answers to unknown requests are ignored', async () => {
    const ids = ['"x"', '999', '-1', '0.5']
    const texts = ids.flatMap((id) => ['reply', 'error'].map((type) => `{"type":"${type}","id":${id}}`))
    expect(await survives([...texts, '{"type":"reply"}'])).toEqual([])
  })

  test('an event with the name of an inherited property is delivered', async () => {
    await open()
    const client = server.client({ WebSocket, validate: {} })
    await client.ready
    for (const type of ['constructor', '__proto__', 'toString']) {
      const got = nextOf<unknown>((listener) => client.on(type, listener))
      for (const socket of server.sockets) send(socket, { type, payload: type, room: '__proto__' })
      expect(await got).toBe(type)
    }
    expect(server.errors).toEqual([])
  })

  test('a malformed error is reported once', async () => {
    await open()
    const client = server.client({ WebSocket })
    await client.ready
    for (const socket of server.sockets) socket.send('{"type":"error","payload":[7]}')
    await client.request('echo')
    expect(server.errors).toMatchObject([{ name: 'ClientError', code: 'internal' }])
  })
})

describe('answers', () => {
  test('a server that answers everything twice settles each request once', async () => {
    await open((socket, asked) => {
      behave(socket, asked)
      behave(socket, { ...asked, payload: 'again' })
      if (asked.id !== undefined) send(socket, { type: 'error', id: asked.id, payload: { code: 'again' } })
    })
    const client = server.client({ WebSocket })
    await client.room('a').joined
    expect(await Promise.all([1, 2, 3].map((n) => client.request('echo', n)))).toEqual([1, 2, 3])
    expect([server.accepted, server.errors]).toEqual([1, []])
  })

  test('a server that never answers a request times it out and stays connected', async () => {
    await open((socket, asked) => asked.type === 'never' || behave(socket, asked))
    const client = server.client({ WebSocket })
    await client.ready
    await expect(client.request('never', undefined, { timeout: 100 })).rejects.toMatchObject({ code: 'timeout' })
    expect(await client.request('echo', 1)).toBe(1)
  })

  test('invalid values of the answer to hub:hello are ignored', async () => {
    const hello = { connection: 7, pingInterval: -1, maxMessageSize: 'x', expiresIn: 'soon', version: null }
    await open((socket, asked) => {
      behave(socket, asked.type === 'hub:hello' ? { ...asked, type: 'other', payload: hello } : asked)
    })
    const client = server.client({ WebSocket })
    await client.ready
    expect(await client.request('echo', 'x'.repeat(10_000))).toHaveLength(10_000)
  })
})

describe('closes', () => {
  test('the status contains a close reason of the greatest length', async () => {
    await open()
    const client = server.client({ WebSocket })
    await client.ready
    const reason = 'é'.repeat(61)
    for (const socket of server.sockets) socket.close(4403, reason)
    expect(await statusOf(client, 'closed')).toEqual({ state: 'closed', code: 4403, reason, final: true })
  })

  test('a frame that breaks RFC 6455 ends the connection, and the client reconnects', async () => {
    await open()
    const client = server.client({ WebSocket })
    await client.ready
    // A reserved opcode.
    for (const stream of server.streams) stream.write('\x83\0')
    await statusOf(client, 'waiting')
    expect(await client.request('echo', 1)).toBe(1)
    expect([server.accepted, server.errors]).toEqual([2, []])
  })

  test('a compression bomb ends the connection, and the client reconnects', async () => {
    class Limited extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { maxPayload: 2 ** 20 })
      }
    }
    server = await BadServer.open(behave, { perMessageDeflate: true })
    const client = server.client({ WebSocket: Limited })
    await client.ready
    for (const socket of server.sockets) socket.send('0'.repeat(2 ** 24))
    await statusOf(client, 'waiting')
    expect(await client.request('echo', 1)).toBe(1)
    expect([server.accepted, server.errors]).toEqual([2, []])
  })

  test('a handshake that is not answered with 101 is tried again', async () => {
    server = await BadServer.open(behave, { verifyClient: (_, done) => done(server.accepted++ > 0, 500) })
    const client = server.client({ WebSocket })
    expect(await client.request('echo', 1)).toBe(1)
  })
})

test('a WebSocket class that throws in send() is reported, and the client goes on', async () => {
  let throws = true
  class Throwing extends WebSocket {
    override send(data: string): void {
      if (throws && data.includes('first')) throw new Error('send')
      super.send(data)
    }
  }
  await open()
  const client = server.client({ WebSocket: Throwing })
  await client.ready
  const first = client.request('first', 1, { timeout: 300 })
  await expect(first).rejects.toMatchObject({ code: 'timeout' })
  throws = false
  expect(await client.request('echo', 1)).toBe(1)
  expect(server.errors).toEqual([new Error('send')])
})
