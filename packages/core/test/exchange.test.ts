import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { releaseUpgrade } from '../src/adapter/index.js'
import { openServer, handshake, acceptingApp, text, undoAll } from './upgrade-server.js'
import { latch, until } from '../../../test/support/wait.js'

// An upgrade between its request and its answer: how much is read, what waits, and how it is counted.

afterEach(undoAll)

const KIB = 1024

/** A server whose app keeps every upgrade until `release` is called. */
async function aThinker() {
  const { held, release } = latch()
  const requests: IncomingMessage[] = []
  const { hub, app } = acceptingApp((request) => {
    requests.push(request)
    return held
  })
  const { rawClient } = await openServer(app)
  /** Resolves with the server side of the next connection. */
  const thinking = async (): Promise<Socket> => {
    await until(() => requests.length > 0)
    // The listeners of a socket are added in the next turn.
    await turn()
    await turn()
    return requests.shift()?.socket as Socket
  }
  return { hub, rawClient, thinking, release }
}

describe('a pending upgrade', () => {
  test('reading is paused if the client of a pending upgrade keeps sending, and no byte is lost', async () => {
    const { held, release } = latch()
    let got = 0
    let socket: Socket | undefined
    const { app } = acceptingApp((request) => ((socket = request.socket), held), {
      onMessage: (_, data) => (got += data.length),
    })
    const { rawClient } = await openServer(app)
    const client = rawClient()
    await until(() => socket !== undefined)
    const frames = Array.from({ length: 80_000 }, () => text('x'.repeat(100))).join('')
    client.send(frames)
    await until(() => socket?.isPaused() === true)
    for (let n = 0; n < 10; n += 1) await turn()
    expect(socket?.bytesRead).toBeLessThan(256 * KIB)
    release()
    expect(await client.status()).toBe(101)
    await until(() => got === 80_000 * 100)
  })

  test('a pending upgrade detects that its client has closed after sending bytes', async () => {
    const { hub, rawClient, thinking, release } = await aThinker()
    const client = rawClient()
    const socket = await thinking()
    client.send(text('wait'))
    await until(() => socket.bytesRead > handshake().length)
    client.socket.end()
    await until(() => socket.destroyed)
    release()
    await turn()
    expect(hub.stats().opened).toBe(0)
  })

  test('an upgrade that is passed on includes the bytes of its client, and later bytes are read', async () => {
    let request: IncomingMessage | undefined
    const { rawClient } = await openServer((asked) => (request = asked))
    const client = rawClient()
    await until(() => request !== undefined)
    const all = 2000 * KIB
    client.send(Buffer.alloc(all, 'x'))
    await until(() => request?.socket.isPaused() === true)
    const given = releaseUpgrade(request as IncomingMessage)
    let got = given?.head.length ?? 0
    expect(got).toBeGreaterThan(0)
    given?.socket.on('data', (chunk: Buffer) => (got += chunk.length))
    await until(() => got === all)
  })

  test('the listeners of an exchange are removed with its answer', async () => {
    const { hub, rawClient, thinking, release } = await aThinker()
    const client = rawClient()
    const socket = await thinking()
    expect(socket.listenerCount('timeout')).toBe(1)
    release()
    expect(await client.status()).toBe(101)
    expect(socket.listenerCount('timeout')).toBe(0)
    socket.emit('timeout')
    expect(socket.destroyed).toBe(false)
    expect(hub.connections.size).toBe(1)
  })

  test('an upgrade that is answered at once adds no listener to its socket', async () => {
    let socket: Socket | undefined
    const { app } = acceptingApp((request) => void (socket = request.socket))
    const { rawClient } = await openServer(app)
    expect(await rawClient().status()).toBe(101)
    await turn()
    await turn()
    expect(socket?.listenerCount('timeout')).toBe(0)
  })
})

describe('the counts', () => {
  test('each upgrade is counted once: as lost if the client closed first, otherwise by its status', async () => {
    const { hub, rawClient, thinking, release } = await aThinker()
    const before = hub.stats().handshakes
    const since = (): Record<string, number> => {
      const now = Object.entries(hub.stats().handshakes)
      return Object.fromEntries(now.map(([what, count]) => [what, count - (before[what] ?? 0)]).filter(([, n]) => n))
    }
    const lost = rawClient()
    const socket = await thinking()
    lost.reset()
    await until(() => socket.destroyed)
    await turn()
    release()
    await turn()
    expect(since()).toEqual({ lost: 1 })

    const client = rawClient()
    expect(await client.status()).toBe(101)
    client.reset()
    await until(() => hub.connections.size === 0)
    await turn()
    expect(since()).toEqual({ lost: 1, 101: 1 })
  })
})

describe('a refusal for a page', () => {
  const page = handshake('/', 'Origin: http://127.0.0.1')

  test.each<[string, (response: ServerResponse) => unknown, string]>([
    ['in text', (response) => response.end('Nicht für dich.'), 'Nicht für dich.'],
    ['in text of another encoding', (response) => response.end('Nicht fÃ¼r dich.', 'latin1'), 'Nicht für dich.'],
    ['in bytes', (response) => response.end(Buffer.from('Nicht für dich.')), 'Nicht für dich.'],
    [
      'in parts of which the head goes first',
      (response) => (response.flushHeaders(), response.end('Nicht für dich.')),
      'Nicht für dich.',
    ],
  ])('a page gets the text of a refusal %s', async (_, say, reason) => {
    const { rawClient } = await openServer((__, response) => void say(response.writeHead(403)), { refusals: 'close' })
    const client = rawClient(page)
    expect(await client.status()).toBe(101)
    const frame = await client.frame()
    expect([frame?.payload.readUInt16BE(0), frame?.payload.subarray(2).toString()]).toEqual([4403, reason])
    await client.ended
  })

  test('a refusal for a page contains at least the first part of an answer in parts', async () => {
    const { rawClient } = await openServer(
      (_, response) => void (response.writeHead(403).write('Nicht für '), response.end('dich.')),
      { refusals: 'close' },
    )
    const client = rawClient(page)
    expect(await client.status()).toBe(101)
    expect((await client.frame())?.payload.subarray(2).toString()).toMatch(/^Nicht für( dich\.)?$/)
  })
})

describe('an answer beside other upgrade listeners', () => {
  test('an answer in many parts is sent whole once no other listener has taken the client', async () => {
    const parts = Array.from({ length: 40 }, (_, index) => `part ${index}, `)
    const { server, rawClient } = await openServer(
      (_, response) => {
        response.writeHead(404)
        for (const part of parts) response.write(part)
        response.end()
      },
      { handshakeTimeout: 300 },
    )
    server.on('upgrade', () => {})
    expect(await rawClient().answer()).toMatchObject({ status: 404, body: parts.join('') })
  })

  test('early hints are not sent to a client that another listener may take', async () => {
    const { server, rawClient } = await openServer(
      (_, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.writeHead(404).end('nobody')
      },
      { handshakeTimeout: 60 },
    )
    server.on('upgrade', () => {})
    expect(await rawClient().answer()).toMatchObject({ status: 404, body: 'nobody' })
  })

  test.each<[string, (socket: Socket) => unknown]>([
    ['writes to it', (socket) => socket.write('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')],
    ['reads it', (socket) => socket.on('data', () => {})],
    ['reads it by hand', (socket) => socket.on('readable', () => {})],
    ['destroys it', (socket) => socket.destroy()],
    ['ends it', (socket) => socket.end()],
  ])('another listener that %s has taken the client', async (_, take) => {
    const app = jest.fn()
    const { server, rawClient } = await openServer(app)
    let taken = false
    server.on('upgrade', (__, socket: Socket) => {
      take(socket)
      setImmediate(() => setImmediate(() => (taken = true)))
    })
    rawClient()
    await until(() => taken)
    expect(app).not.toHaveBeenCalled()
  })

  test.each([
    ['takes', 418],
    ['leaves', 200],
  ])('an upgrade to another protocol that another listener %s is answered with %i', async (what, status) => {
    let reached = false
    const { server, rawClient } = await openServer((_, response) => {
      reached = true
      response.end('plain')
    })
    server.on('upgrade', (_, socket: Socket) => {
      if (what === 'takes') socket.write('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')
    })
    const client = rawClient(handshake().replace('websocket', 'h2c'))
    expect(await client.status()).toBe(status)
    for (let n = 0; n < 5; n += 1) await turn()
    expect(reached).toBe(what === 'leaves')
  })
})

test('a refused client that never closes is disconnected', async () => {
  let socket: Socket | undefined
  const { rawClient } = await openServer((request, response) => {
    socket = request.socket
    response.writeHead(401).end()
  })
  const client = rawClient()
  expect(await client.status()).toBe(401)
  await until(() => socket?.destroyed === true)
  expect(client.socket.writable).toBe(true)
})

test('a response that is destroyed with an error destroys the socket', async () => {
  const errors: unknown[] = []
  const { rawClient } = await openServer((request, response) => {
    request.socket.on('error', (error) => errors.push(error.message))
    response.destroy(new Error('enough'))
  })
  await rawClient().ended
  expect(errors).toEqual(['enough'])
})
