import type { IncomingMessage, RequestListener } from 'node:http'
import { decidesUpgrades } from '../../../test/support/node.js'
import { newUpgrader, openServer, handshake, acceptingApp, undoAll } from './upgrade-server.js'
import { broken, path, warnings } from './upgrade-support.js'
import { until } from '../../../test/support/wait.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

describe('other upgrade listeners', () => {
  test('other listeners never see upgrades that claims matches, and the hub never sees the rest', async () => {
    const theirs: string[] = []
    const { app } = acceptingApp()
    const { server, rawClient } = await openServer(app, { claims: (request) => path(request) === '/ours' })
    server.on('upgrade', (request: IncomingMessage, socket) => {
      theirs.push(path(request))
      socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')
    })
    expect(await rawClient(handshake('/ours')).status()).toBe(101)
    expect(await rawClient(handshake('/theirs')).status()).toBe(418)
    expect(await rawClient(handshake('/h2c').replace('websocket', 'h2c')).status()).toBe(418)
    expect(theirs).toEqual(['/theirs', '/h2c'])
  })

  test('an upgrade that claims does not match is never passed to the app, however late another listener takes it', async () => {
    const app = jest.fn()
    const { server, rawClient } = await openServer(app, { claims: () => false })
    server.on('upgrade', (_, socket) => {
      setImmediate(() => setImmediate(() => socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')))
    })
    expect(await rawClient().status()).toBe(418)
    expect(app).not.toHaveBeenCalled()
  })

  test.each([
    ['throws', broken, [expect.stringMatching(/^claims\(\) threw: Error: broken/)]],
    ['is no answer', () => 'yes', []],
  ])('a claims function that %s claims no upgrade', async (_, claims, said) => {
    const seen = warnings()
    const { app } = acceptingApp()
    const { server, rawClient } = await openServer(app, { claims: claims as never })
    server.on('upgrade', (__, socket) => socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n'))
    expect(await rawClient().status()).toBe(418)
    expect(seen).toEqual(said)
  })

  test('without claims, an answer of upgrade() is sent at once and any other answer at the deadline', async () => {
    const { admit } = newUpgrader()
    const app: RequestListener = (request, response) => {
      if (path(request) === '/ours') void admit(request, response)
      else response.writeHead(404).end('nobody')
    }
    const { server, rawClient } = await openServer(app, { handshakeTimeout: 60 })
    server.on('upgrade', () => {})
    expect(await rawClient(handshake('/ours')).status()).toBe(101)
    expect(await rawClient(handshake('/nobody')).answer()).toMatchObject({ status: 404, body: 'nobody' })
  })

  test('without claims, a listener that takes a client at once or a little later keeps it', async () => {
    const reached: string[] = []
    let takeLate: (() => unknown) | undefined
    const { server, rawClient } = await openServer((request, response) => {
      reached.push(path(request))
      response.writeHead(404).end('nobody')
    })
    server.on('upgrade', (request: IncomingMessage, socket) => {
      const take = (): unknown => socket.write('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')
      if (path(request) === '/at-once') take()
      else takeLate = take
    })
    expect(await rawClient(handshake('/at-once')).status()).toBe(418)
    expect(reached).toEqual([])
    const late = rawClient(handshake('/late'))
    await until(() => reached.length === 1)
    takeLate?.()
    expect(await late.status()).toBe(418)
    expect(reached).toEqual(['/late'])
  })

  test('detach() sends an answer that waits for other listeners', async () => {
    let reached = false
    const { server, detach, rawClient } = await openServer((_, response) => {
      reached = true
      response.writeHead(404).end('nobody')
    })
    server.on('upgrade', () => {})
    const client = rawClient()
    await until(() => reached)
    detach()
    expect(await client.answer()).toMatchObject({ status: 404, body: 'nobody' })
  })

  test('a malformed handshake is refused once no other listener has taken it, and the app does not see it', async () => {
    const app = jest.fn()
    const { server, rawClient } = await openServer(app, { handshakeTimeout: 60 })
    server.on('upgrade', () => {})
    expect(await rawClient(handshake().replace('Version: 13', 'Version: 12')).status()).toBe(426)
    expect(app).not.toHaveBeenCalled()
  })
})

/** An app that answers with the properties of the request. */
const mirror: RequestListener = (request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    const { upgrade, connection, 'x-mark': mark } = request.headers
    const shown = [request.method, request.url, upgrade, connection, mark, body]
    response.end(JSON.stringify(shown.map((one) => one ?? null)))
  })
}

describe('a request that is no valid handshake', () => {
  test('a malformed handshake is refused before the app sees it', async () => {
    const app = jest.fn()
    const { rawClient } = await openServer(app)
    const answer = await rawClient(handshake().replace('Version: 13', 'Version: 12')).answer()
    expect([answer?.status, answer?.header('sec-websocket-version'), answer?.header('connection')]).toEqual([
      426,
      '13',
      'close',
    ])
    expect(await rawClient(handshake().replace('GET', 'POST')).status()).toBe(405)
    expect(app).not.toHaveBeenCalled()
  })

  test('an upgrade to another protocol reaches the app as a plain request with its body', async () => {
    const { rawClient } = await openServer(mirror)
    const post = [
      'POST /plain?x HTTP/1.1',
      'Host: a',
      'Connection: keep-alive, Upgrade , HTTP2-Settings',
      'Upgrade: h2c',
      'X-Mark: é, upgrade',
      'Content-Length: 4',
      '',
      'body',
    ].join('\r\n')
    const answer = await rawClient(post).answer()
    expect(answer?.status).toBe(200)
    expect(JSON.parse(String(answer?.body))).toEqual([
      'POST',
      '/plain?x',
      ...(decidesUpgrades ? ['h2c', 'keep-alive, Upgrade , HTTP2-Settings'] : [null, 'keep-alive, HTTP2-Settings']),
      'é, upgrade',
      'body',
    ])
  })

  test('an upgrade to another protocol without a body reaches the app as a plain request', async () => {
    const { rawClient } = await openServer(mirror)
    const bare = await rawClient('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n').answer()
    expect(JSON.parse(String(bare?.body))).toEqual([
      'GET',
      '/',
      ...(decidesUpgrades ? ['h2c', 'upgrade'] : [null, null]),
      null,
      '',
    ])
  })

  test('an upgrade behind an unanswered request is disconnected', async () => {
    const app = jest.fn()
    const { rawClient } = await openServer(app)
    const client = rawClient(`GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake()}`)
    expect(await client.status()).toBe(0)
    expect(app).toHaveBeenCalledTimes(1)
  })
})
