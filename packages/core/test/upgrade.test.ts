import { once } from 'node:events'
import { createServer, IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { attach } from '../src/index.js'
import { isUpgrade } from '../src/adapter/index.js'
import { connect, type HandshakeRefused } from '../src/testing/index.js'
import { newUpgrader, openServer, handshake, acceptingApp, text, undoAll, undoLater } from './upgrade-server.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

/** The status and body with which a handshake in this process is refused. */
async function refusal(target: Parameters<typeof connect>[0], options = {}): Promise<[number, string]> {
  const { status, body } = (await connect(target, '/', options).catch((error: unknown) => error)) as HandshakeRefused
  return [status, body.trim()]
}

describe('an upgrade', () => {
  test('an upgrade is an ordinary request with an ordinary response, and both are closed after the 101', async () => {
    const events: string[] = []
    const { hub, app } = acceptingApp((request, response) => {
      expect(isUpgrade(request)).toBe(true)
      expect(request.url).toBe('/ws?x=1')
      for (const name of ['finish', 'close']) response.on(name, () => events.push(`response ${name}`))
      for (const name of ['end', 'close']) request.on(name, () => events.push(`request ${name}`))
      request.url = '/rewritten'
      response.setHeader('Set-Cookie', ['a=b', 'c=d'])
      response.setHeader('X-Mark', 'é')
      response.setHeader('Content-Type', 'text/plain')
    })
    const { rawClient } = await openServer(app)
    const answer = await rawClient(handshake('/ws?x=1')).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.all('set-cookie')).toEqual(['a=b', 'c=d'])
    expect(answer?.header('x-mark')).toBe('é')
    expect(answer?.header('content-type')).toBeUndefined()
    expect(answer?.header('sec-websocket-accept')).toBe('ICX+Yqv66kxgM0FcWaLWlFLwTAI=')
    expect(answer?.all('upgrade')).toEqual(['websocket'])
    await until(() => events.length === 4)
    expect(events[0]).toBe('response finish')
    expect(events.toSorted()).toEqual(['request close', 'request end', 'response close', 'response finish'])
    const [connection] = [...hub.connections.values()]
    expect(connection?.handshake).toMatchObject({ url: '/ws?x=1', address: '192.0.2.1', secure: false, protocol: '' })
    expect(connection?.handshake.host).toBe('127.0.0.1')
    expect(connection?.handshake.headers['sec-websocket-version']).toBe('13')
  })

  test('an upgrade delivers early data in order and after onOpen', async () => {
    const got: unknown[] = []
    const { held, release } = latch()
    let socket: Socket | undefined
    const { app } = acceptingApp((request) => ((socket = request.socket), held), {
      onOpen: () => void got.push('open'),
      onMessage: (_, data) => got.push(data),
    })
    const { rawClient } = await openServer(app)
    const early = `${handshake()}${text('1')}${text('2')}`
    const client = rawClient(early)
    await until(() => socket !== undefined)
    client.send(text('3').slice(0, 4))
    await until(() => socket?.bytesRead === early.length + 4)
    client.send(text('3').slice(4))
    client.send(text('4'))
    await until(() => socket?.bytesRead === early.length + 2 * text('3').length)
    release()
    expect(await client.status()).toBe(101)
    await until(() => got.length === 5)
    expect(got).toEqual(['open', '1', '2', '3', '4'])
  })

  test('an upgrade that the app refuses gets the answer of the app, and its socket is ended', async () => {
    const { rawClient } = await openServer((request, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end(`no ${String(isUpgrade(request))}`)
    })
    const client = rawClient()
    const answer = await client.answer()
    expect([answer?.status, answer?.header('www-authenticate'), answer?.header('connection')]).toEqual([
      401,
      'Basic',
      'close',
    ])
    expect(answer?.body).toBe('no true')
    await client.ended
  })

  test('an upgrade that the app refuses after it was admitted releases its slots', async () => {
    const { hub, admit } = newUpgrader({}, { limits: { maxConnections: 1 } })
    let refusing = true
    const { rawClient } = await openServer((request, response) => {
      const changed = { writeHead: (status: number) => response.writeHead(refusing ? 403 : status) }
      void admit(request, changed as never)
    })
    expect(await rawClient().status()).toBe(403)
    expect(await rawClient().status()).toBe(403)
    refusing = false
    expect(await rawClient().status()).toBe(101)
    expect(hub.connections.size).toBe(1)
  })

  test('an upgrade that is admitted twice takes one slot', async () => {
    const { hub, admit } = newUpgrader({}, { limits: { maxConnections: 2 } })
    const deaf = { writeHead: () => ({ end() {} }) } as never as ServerResponse
    const { rawClient } = await openServer((request, response) => {
      void admit(request, deaf).then(() => admit(request, response))
    })
    for (let n = 0; n < 4; n += 1) {
      const client = rawClient()
      expect(await client.status()).toBe(101)
      client.reset()
      await until(() => hub.connections.size === 0)
    }
  })

  test('an upgrade is not admitted by a 101 of the app', async () => {
    const { rawClient } = await openServer((_, response) => response.writeHead(101).end())
    expect((await rawClient().answer())?.status).toBe(500)
    expect((await rawClient().answer())?.body).toContain('101 without upgrade()')
  })

  test('an upgrade is not admitted after the head of another answer was sent', async () => {
    const { hub, admit } = newUpgrader({}, { limits: { maxConnections: 1 } })
    const { rawClient } = await openServer((request, response) => {
      response.writeHead(200)
      response.write('begun, ')
      void admit(request, { writeHead: () => ({ end: () => response.end('ended') }) } as never)
    })
    for (let n = 0; n < 2; n += 1)
      expect(await rawClient().answer()).toMatchObject({ status: 200, body: 'begun, ended' })
    expect(hub.stats().opened).toBe(0)
  })

  test('an upgrade may get early hints before its answer', async () => {
    const { app } = acceptingApp((_, response) => response.writeEarlyHints({ link: '</a.css>; rel=preload' }))
    const { rawClient } = await openServer(app)
    const client = rawClient()
    expect((await client.answer())?.status).toBe(103)
    expect((await client.answer())?.status).toBe(101)
  })

  test('an upgrade is closed on the server if the client leaves while the app runs', async () => {
    const events: string[] = []
    const { held, release } = latch()
    let reached = false
    const { hub, app } = acceptingApp((request, response) => {
      reached = true
      response.on('close', () => events.push('response'))
      request.on('error', ({ message, code }: NodeJS.ErrnoException) => events.push(`${message} ${code}`))
      request.on('close', () => events.push('request'))
      return held
    })
    const { rawClient } = await openServer(app)
    const client = rawClient()
    await until(() => reached)
    client.reset()
    await until(() => events.length === 3)
    expect(events.toSorted()).toEqual(['aborted ECONNRESET', 'request', 'response'])
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(hub.stats().opened).toBe(0)
  })

  test('an upgrade ends if the client sends a close frame while the app runs', async () => {
    const { held, release } = latch()
    let closed = false
    let reached = false
    const { hub, app } = acceptingApp((_, response) => {
      reached = true
      response.on('close', () => (closed = true))
      return held
    })
    const { rawClient } = await openServer(app)
    const client = rawClient()
    await until(() => reached)
    client.socket.end()
    await until(() => closed)
    release()
    await client.ended
    expect(hub.stats().opened).toBe(0)
  })

  test('an upgrade is answered by the app if describe throws', async () => {
    const { hub, admit } = newUpgrader()
    const { server } = await openServer((request, response) => {
      void admit(request, response, () => {
        throw Object.assign(new Error('not you'), { status: 418 })
      })
    })
    expect(await refusal(server)).toEqual([418, 'Error: not you'])
    expect(hub.stats().opened).toBe(0)
  })
})

test('an upgrade of the test kit without early bytes is accepted, with header names in any case', async () => {
  const seen: unknown[] = []
  const { hub, app } = acceptingApp((request) => {
    seen.push([request.method, request.url, request.headers['x-mark'], request instanceof IncomingMessage])
  })
  const server = createServer(app)
  attach(server, { origins: ['https://a.io'] })
  const [near, far] = duplexPair()
  undoLater(() => near.destroy())
  const headers = {
    upgrade: 'websocket',
    'X-Mark': 1,
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  }
  server.emit('upgrade', { method: 'GET', url: '/kit', headers }, far, Buffer.alloc(0))
  const [chunk] = (await once(near, 'data')) as [Buffer]
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 101 /)
  expect(seen).toEqual([['GET', '/kit', '1', true]])
  expect(hub.connections.size).toBe(1)
})
