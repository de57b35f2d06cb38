import { once } from 'node:events'
import { createServer, IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { attach, type AttachOptions, Hub } from '../src/index.js'
import { Upgrader, isUpgrade, releaseUpgrade } from '../src/adapter/index.js'
import { connect, type HandshakeRefused } from '../src/testing/index.js'
import { decidesUpgrades } from '../../../test/support/node.js'
import { aGate, aServer, handshake, knock, letIn, text, undoAll, undoLater } from './gatehouse.js'
import { latch, until } from './house.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

/** The status and body with which a handshake in this process is refused. */
async function refusal(target: Parameters<typeof connect>[0], options = {}): Promise<[number, string]> {
  const { status, body } = (await connect(target, '/', options).catch((error: unknown) => error)) as HandshakeRefused
  return [status, body.trim()]
}

function broken(): never {
  throw new Error('broken')
}

function warnings(): string[] {
  const seen: string[] = []
  jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void seen.push(String(warning)))
  return seen
}

describe('attach', () => {
  test.each([[undefined], [null], [{}], [{ on() {}, emit() {} }], [() => {}]])('needs a server, not %p', (server) => {
    expect(() => attach(server as never)).toThrow('attach() needs an http.Server, such as app.listen() returns.')
  })

  test.each([
    [{ claims: true }, /^The option claims must be a function/],
    [{ dispatch: 'x' }, /^The option dispatch must be a function/],
    [{ origins: 'https://a.io' }, /^The option origins /],
    [{ handshakeTimeout: 0 }, /^The option handshakeTimeout must be a number from 1/],
    [{ handshakeTimeout: Infinity }, /^The option handshakeTimeout /],
    [{ bearerProtocol: 1 }, /^The option bearerProtocol must be true or false/],
    [{ claim: () => true }, /^There is no option claim; known are: claims, dispatch, origins/],
    [null, /^The options must be an object/],
  ])('refuses %p, and adds nothing to the server', (options, message) => {
    const server = createServer()
    expect(() => attach(server, options as AttachOptions)).toThrow(message)
    expect(server.listenerCount('upgrade')).toBe(0)
    expect(Object.hasOwn(server, 'emit')).toBe(false)
  })

  test('takes away with detach what it added, and nothing else', () => {
    const server = createServer()
    const theirs = jest.fn()
    server.on('upgrade', theirs)
    const [one, other] = [attach(server, { claims: () => true }), attach(server)]
    expect(server.listenerCount('upgrade')).toBe(3)
    expect(Object.hasOwn(server, 'emit')).toBe(true)
    one()
    one()
    expect(Object.hasOwn(server, 'emit')).toBe(false)
    other()
    expect(server.listeners('upgrade')).toEqual([theirs])
  })

  test('leaves an emit of the server as it was before', () => {
    const server = createServer()
    const own = (): unknown => Reflect.get(server, 'emit')
    const emit = server.emit.bind(server)
    server.emit = emit
    const detach = attach(server, { claims: () => true })
    expect(own()).not.toBe(emit)
    detach()
    expect(own()).toBe(emit)
  })

  test('leaves a later emit of somebody else alone, and claims nothing any more', async () => {
    const { app } = letIn()
    const { server, detach } = await aServer(app, { claims: () => true })
    const wrapped = server.emit.bind(server)
    const events: unknown[] = []
    server.emit = (event: string, ...rest: unknown[]) => {
      events.push(event)
      return wrapped(event, ...rest)
    }
    detach()
    const client = knock(server)
    // Without a listener Node answers an upgrade as a plain request.
    expect(await client.status()).toBe(426)
    expect(events).toContain('request')
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n'))
    expect(await knock(server).status()).toBe(418)
  })

  test('twice on one server lets a client in once', async () => {
    const { hub, app } = letIn()
    const { server, knock: visit } = await aServer(app)
    attach(server)
    const seen = jest.fn()
    server.on('request', seen)
    expect(await visit().status()).toBe(101)
    expect(hub.stats().opened).toBe(1)
    expect(seen).toHaveBeenCalledTimes(1)
  })
})

describe('an upgrade', () => {
  test('is an ordinary request with an ordinary response, and both are closed after the 101', async () => {
    const events: string[] = []
    const { hub, app } = letIn((request, response) => {
      expect(isUpgrade(request)).toBe(true)
      expect(request.url).toBe('/ws?x=1')
      for (const name of ['finish', 'close']) response.on(name, () => events.push(`response ${name}`))
      for (const name of ['end', 'close']) request.on(name, () => events.push(`request ${name}`))
      request.url = '/rewritten'
      response.setHeader('Set-Cookie', ['a=b', 'c=d'])
      response.setHeader('X-Mark', 'é')
      response.setHeader('Content-Type', 'text/plain')
    })
    const { knock: visit } = await aServer(app)
    const answer = await visit(handshake('/ws?x=1')).answer()
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

  test('brings what the client sent early, in order and after onOpen', async () => {
    const got: unknown[] = []
    const { held, release } = latch()
    let socket: Socket | undefined
    const { app } = letIn((request) => ((socket = request.socket), held), {
      onOpen: () => void got.push('open'),
      onMessage: (_, data) => got.push(data),
    })
    const { knock: visit } = await aServer(app)
    const early = `${handshake()}${text('1')}${text('2')}`
    const client = visit(early)
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

  test('that the app refuses is answered as the app says, and its socket ended', async () => {
    const { knock: visit } = await aServer((request, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end(`no ${String(isUpgrade(request))}`)
    })
    const client = visit()
    const answer = await client.answer()
    expect([answer?.status, answer?.header('www-authenticate'), answer?.header('connection')]).toEqual([
      401,
      'Basic',
      'close',
    ])
    expect(answer?.body).toBe('no true')
    await client.ended
  })

  test('that the app refuses after it was let in gives its seats back', async () => {
    const { hub, admit } = aGate({}, { limits: { maxConnections: 1 } })
    let refusing = true
    const { knock: visit } = await aServer((request, response) => {
      const changed = { writeHead: (status: number) => response.writeHead(refusing ? 403 : status) }
      void admit(request, changed as never)
    })
    expect(await visit().status()).toBe(403)
    expect(await visit().status()).toBe(403)
    refusing = false
    expect(await visit().status()).toBe(101)
    expect(hub.connections.size).toBe(1)
  })

  test('that is let in twice takes one seat', async () => {
    const { hub, admit } = aGate({}, { limits: { maxConnections: 2 } })
    const deaf = { writeHead: () => ({ end() {} }) } as never as ServerResponse
    const { knock: visit } = await aServer((request, response) => {
      void admit(request, deaf).then(() => admit(request, response))
    })
    for (let n = 0; n < 4; n += 1) {
      const client = visit()
      expect(await client.status()).toBe(101)
      client.reset()
      await until(() => hub.connections.size === 0)
    }
  })

  test('is not let in by a 101 that is none of ours', async () => {
    const { knock: visit } = await aServer((_, response) => response.writeHead(101).end())
    expect((await visit().answer())?.status).toBe(500)
    expect((await visit().answer())?.body).toContain('101 without upgrade()')
  })

  test('is not let in once the head of another answer has left', async () => {
    const { hub, admit } = aGate({}, { limits: { maxConnections: 1 } })
    const { knock: visit } = await aServer((request, response) => {
      response.writeHead(200)
      response.write('begun, ')
      void admit(request, { writeHead: () => ({ end: () => response.end('ended') }) } as never)
    })
    for (let n = 0; n < 2; n += 1) expect(await visit().answer()).toMatchObject({ status: 200, body: 'begun, ended' })
    expect(hub.stats().opened).toBe(0)
  })

  test('may be hinted at before it is answered', async () => {
    const { app } = letIn((_, response) => response.writeEarlyHints({ link: '</a.css>; rel=preload' }))
    const { knock: visit } = await aServer(app)
    const client = visit()
    expect((await client.answer())?.status).toBe(103)
    expect((await client.answer())?.status).toBe(101)
  })

  test('is closed on this side too when the client leaves while the app thinks', async () => {
    const events: string[] = []
    const { held, release } = latch()
    let reached = false
    const { hub, app } = letIn((request, response) => {
      reached = true
      response.on('close', () => events.push('response'))
      request.on('error', ({ message, code }: NodeJS.ErrnoException) => events.push(`${message} ${code}`))
      request.on('close', () => events.push('request'))
      return held
    })
    const { knock: visit } = await aServer(app)
    const client = visit()
    await until(() => reached)
    client.reset()
    await until(() => events.length === 3)
    expect(events.toSorted()).toEqual(['aborted ECONNRESET', 'request', 'response'])
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(hub.stats().opened).toBe(0)
  })

  test('ends when the client says farewell while the app thinks', async () => {
    const { held, release } = latch()
    let closed = false
    let reached = false
    const { hub, app } = letIn((_, response) => {
      reached = true
      response.on('close', () => (closed = true))
      return held
    })
    const { knock: visit } = await aServer(app)
    const client = visit()
    await until(() => reached)
    client.socket.end()
    await until(() => closed)
    release()
    await client.ended
    expect(hub.stats().opened).toBe(0)
  })

  test('that describe leaves behind by throwing is the app’s to answer', async () => {
    const { hub, admit } = aGate()
    const { server } = await aServer((request, response) => {
      void admit(request, response, () => {
        throw Object.assign(new Error('not you'), { status: 418 })
      })
    })
    expect(await refusal(server)).toEqual([418, 'Error: not you'])
    expect(hub.stats().opened).toBe(0)
  })
})

describe('an app that', () => {
  test('throws is answered for, with 500 and a warning', async () => {
    const seen = warnings()
    const { knock: visit } = await aServer(undefined, { dispatch: broken })
    expect(await visit().answer()).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
    const { knock: later } = await aServer(undefined, {
      dispatch: async () => Promise.reject(new Error('broken later')),
    })
    expect(await later().answer()).toMatchObject({ status: 500 })
    expect(seen).toEqual([expect.stringContaining('Error: broken\n'), expect.stringContaining('broken later')])
    expect(seen[0]).toMatch(/^The app threw on an upgrade: /)
  })

  test('throws after the head has left loses the client', async () => {
    const seen = warnings()
    const { knock: visit } = await aServer(undefined, {
      dispatch: (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 })
        response.write('half')
        throw new Error('broken')
      },
    })
    const client = visit()
    await client.ended
    expect(seen).toHaveLength(1)
    expect(await client.answer().catch(() => undefined)).toBeUndefined()
  })

  test('is not there is answered for', async () => {
    const seen = warnings()
    const { knock: visit } = await aServer(undefined)
    expect(await visit().status()).toBe(500)
    expect(seen).toEqual([expect.stringContaining('no app')])
  })

  test('is elsewhere gets the request by dispatch, and false is no answer', async () => {
    const seen = warnings()
    const { app } = letIn()
    const { knock: visit } = await aServer(undefined, {
      dispatch: (request, response) => {
        app(request, response)
        return false
      },
    })
    expect(await visit().status()).toBe(101)
    expect(seen).toEqual([])
  })

  test('answers nothing is answered for in time, with 503', async () => {
    let closed = false
    const { hub, app } = letIn((_, response) => {
      response.on('close', () => (closed = true))
      return new Promise(() => {})
    })
    const { knock: visit } = await aServer(app, { handshakeTimeout: 30 })
    expect(await visit().answer()).toMatchObject({ status: 503, body: expect.stringMatching(/too long/) })
    await until(() => closed)
    expect(hub.stats().opened).toBe(0)
  })

  test('begins an answer and never ends it loses the client in time', async () => {
    const { knock: visit } = await aServer((_, response) => void response.writeHead(200).write('half'), {
      handshakeTimeout: 30,
    })
    await expect(visit().answer()).rejects.toThrow(/broke off/)
  })

  test('writes more than the client reads is told to wait', async () => {
    let drained = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const { knock: visit } = await aServer((_, response) => {
      let left = 100
      const more = (): void => {
        while (left > 0) {
          left -= 1
          if (!response.write(chunk)) return void response.once('drain', () => ((drained += 1), more()))
        }
        response.end()
      }
      response.writeHead(403, { 'Content-Length': 100 * chunk.length })
      more()
    })
    const answer = await visit().answer()
    expect(answer?.body).toHaveLength(100 * chunk.length)
    expect(drained).toBeGreaterThan(0)
  })
})

describe('a gate', () => {
  test('needs a hub, and options that exist', () => {
    expect(() => new Upgrader({} as never)).toThrow('upgrade() needs a Hub as its first argument.')
    expect(() => new Upgrader(new Hub(), { protocol: ['x'] } as never)).toThrow(
      /^There is no option protocol; known are: /,
    )
    expect(() => new Upgrader(new Hub(), { protocols: ['a b'] })).toThrow(
      /^The option protocols must be an array of header/,
    )
    expect(() => new Upgrader(new Hub(), { origins: ['x'] })).toThrow(/^The option origins must hold/)
  })

  test('answers a plain request with 426, and says what it should have been', async () => {
    const { app } = letIn()
    const { server } = await aServer(app)
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect([response.status, response.headers.get('upgrade'), await response.text()]).toEqual([
      426,
      'websocket',
      'This is a WebSocket endpoint.\n',
    ])
    expect(response.headers.get('connection')).toMatch(/upgrade/i)
  })

  test('says that attach was forgotten', async () => {
    const { app } = letIn()
    const { knock: visit } = await aServer(app, {}, false)
    expect((await visit().answer())?.body).toMatch(/attach\(server\) was not called/)
  })

  test.each([
    [['a', 'b'], ['b', 'c'], 'b'],
    [['a', 'b'], ['b', 'a'], 'b'],
    [['a'], ['b'], ''],
    [undefined, ['b'], ''],
    [['a'], [], ''],
  ])('of a route that speaks %j selects for %j: %j', async (protocols, offered, selected) => {
    const { hub, admit } = aGate(protocols ? { protocols } : {})
    const lines = offered.length > 0 ? [`Sec-WebSocket-Protocol: ${offered.join(', ')}`] : []
    const { knock: visit } = await aServer((request, response) => void admit(request, response))
    const answer = await visit(handshake('/', ...lines)).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.header('sec-websocket-protocol') ?? '').toBe(selected)
    expect([...hub.connections.values()].map(({ handshake: { protocol } }) => protocol)).toEqual([selected])
  })

  test.each([
    [true, 'Bearer abc', 'wshub'],
    [false, undefined, 'wshub'],
    [undefined, undefined, 'wshub'],
  ])('with bearerProtocol %p shows %p and selects %p', async (bearerProtocol, shown, selected) => {
    const seen: unknown[] = []
    const { app } = letIn(({ headers }) => void seen.push(headers.authorization))
    const { knock: visit } = await aServer(app, bearerProtocol === undefined ? {} : { bearerProtocol })
    const answer = await visit(handshake('/', 'Sec-WebSocket-Protocol: wshub, bearer.abc')).answer()
    expect([answer?.status, seen[0], answer?.header('sec-websocket-protocol')]).toEqual([101, shown, selected])
  })

  test('checks the origin, and a route’s list narrows that of attach', async () => {
    const own = aGate({ origins: ['https://route.io'] })
    const none = aGate()
    const visits: [string, string][] = []
    const app: RequestListener = (request, response) => {
      visits.push([String(request.headers.origin), String(request.url)])
      void (request.url === '/own' ? own : none).admit(request, response)
    }
    const { knock: visit } = await aServer(app)
    const { knock: wide } = await aServer(app, { origins: ['https://wide.io'] })
    const statuses = async (to: typeof visit, path: string): Promise<number[]> => {
      const all = ['https://route.io', 'https://wide.io', 'http://127.0.0.1', 'https://evil.io']
      return Promise.all(all.map((origin) => to(handshake(path, `Origin: ${origin}`)).status()))
    }
    expect(await statuses(visit, '/own')).toEqual([101, 403, 101, 403])
    expect(await statuses(visit, '/none')).toEqual([403, 403, 101, 403])
    visits.length = 0
    expect(await statuses(wide, '/none')).toEqual([403, 101, 101, 403])
    // What attach refuses by itself the app does not see.
    expect(visits.map(([origin]) => origin).toSorted()).toEqual(['http://127.0.0.1', 'https://wide.io'])
    const proxied = (origin: string) =>
      wide(handshake('/own', `Origin: ${origin}`, 'X-Forwarded-Host: app.io')).status()
    expect(await proxied('https://route.io')).toBe(403)
  })

  test('says 408 to the log alone where the client has gone meanwhile', async () => {
    const { hub, admit } = aGate()
    const { held, release } = latch()
    const statuses: number[] = []
    let reached = false
    let gone = false
    const { knock: visit } = await aServer((request, response) => {
      reached = true
      response.on('close', () => (gone = true))
      const log = { writeHead: (status: number) => (statuses.push(status), response.writeHead(status)) }
      void admit(request, log as never, () => held.then(() => ({})))
    })
    const client = visit()
    await until(() => reached)
    client.reset()
    await until(() => gone)
    release()
    await until(() => statuses.length === 1)
    expect(statuses).toEqual([408])
    expect(hub.stats().opened).toBe(0)
  })
})

const path = ({ url }: IncomingMessage): string => String(url)

describe('beside others', () => {
  test('what claims names nobody else sees, and the rest we do not', async () => {
    const theirs: string[] = []
    const { app } = letIn()
    const { server, knock: visit } = await aServer(app, { claims: (request) => path(request) === '/ours' })
    server.on('upgrade', (request: IncomingMessage, socket) => {
      theirs.push(path(request))
      socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')
    })
    expect(await visit(handshake('/ours')).status()).toBe(101)
    expect(await visit(handshake('/theirs')).status()).toBe(418)
    expect(await visit(handshake('/h2c').replace('websocket', 'h2c')).status()).toBe(418)
    expect(theirs).toEqual(['/theirs', '/h2c'])
  })

  test('what claims does not name is not shown to the app, however late somebody takes it', async () => {
    const app = jest.fn()
    const { server, knock: visit } = await aServer(app, { claims: () => false })
    server.on('upgrade', (_, socket) => {
      setImmediate(() => setImmediate(() => socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')))
    })
    expect(await visit().status()).toBe(418)
    expect(app).not.toHaveBeenCalled()
  })

  test.each([
    ['throws', broken, [expect.stringMatching(/^claims\(\) threw: Error: broken/)]],
    ['is no answer', () => 'yes', []],
  ])('a claim that %s claims nothing', async (_, claims, said) => {
    const seen = warnings()
    const { app } = letIn()
    const { server, knock: visit } = await aServer(app, { claims: claims as never })
    server.on('upgrade', (__, socket) => socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n'))
    expect(await visit().status()).toBe(418)
    expect(seen).toEqual(said)
  })

  test('without claims, what upgrade() says comes at once and anything else at the deadline', async () => {
    const { admit } = aGate()
    const app: RequestListener = (request, response) => {
      if (path(request) === '/ours') void admit(request, response)
      else response.writeHead(404).end('nobody')
    }
    const { server, knock: visit } = await aServer(app, { handshakeTimeout: 60 })
    server.on('upgrade', () => {})
    expect(await visit(handshake('/ours')).status()).toBe(101)
    expect(await visit(handshake('/nobody')).answer()).toMatchObject({ status: 404, body: 'nobody' })
  })

  test('without claims, who takes a client at once or a little later keeps it', async () => {
    const reached: string[] = []
    let takeLate: (() => unknown) | undefined
    const { server, knock: visit } = await aServer((request, response) => {
      reached.push(path(request))
      response.writeHead(404).end('nobody')
    })
    server.on('upgrade', (request: IncomingMessage, socket) => {
      const take = (): unknown => socket.write('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')
      if (path(request) === '/at-once') take()
      else takeLate = take
    })
    expect(await visit(handshake('/at-once')).status()).toBe(418)
    expect(reached).toEqual([])
    const late = visit(handshake('/late'))
    await until(() => reached.length === 1)
    takeLate?.()
    expect(await late.status()).toBe(418)
    expect(reached).toEqual(['/late'])
  })

  test('detach lets go of an answer that waits', async () => {
    let reached = false
    const {
      server,
      detach,
      knock: visit,
    } = await aServer((_, response) => {
      reached = true
      response.writeHead(404).end('nobody')
    })
    server.on('upgrade', () => {})
    const client = visit()
    await until(() => reached)
    detach()
    expect(await client.answer()).toMatchObject({ status: 404, body: 'nobody' })
  })

  test('a bad handshake is refused once nobody else has wanted it, and the app does not see it', async () => {
    const app = jest.fn()
    const { server, knock: visit } = await aServer(app, { handshakeTimeout: 60 })
    server.on('upgrade', () => {})
    expect(await visit(handshake().replace('Version: 13', 'Version: 12')).status()).toBe(426)
    expect(app).not.toHaveBeenCalled()
  })
})

describe('what is no handshake', () => {
  test('is refused before the app sees it', async () => {
    const app = jest.fn()
    const { knock: visit } = await aServer(app)
    const answer = await visit(handshake().replace('Version: 13', 'Version: 12')).answer()
    expect([answer?.status, answer?.header('sec-websocket-version'), answer?.header('connection')]).toEqual([
      426,
      '13',
      'close',
    ])
    expect(await visit(handshake().replace('GET', 'POST')).status()).toBe(405)
    expect(app).not.toHaveBeenCalled()
  })

  test('is a plain request where it asks for something else, body and all', async () => {
    const { knock: visit } = await aServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const { upgrade, connection, 'x-mark': mark } = request.headers
        const shown = [request.method, request.url, upgrade, connection, mark, body]
        response.end(JSON.stringify(shown.map((one) => one ?? null)))
      })
    })
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
    const answer = await visit(post).answer()
    expect(answer?.status).toBe(200)
    expect(JSON.parse(String(answer?.body))).toEqual([
      'POST',
      '/plain?x',
      ...(decidesUpgrades ? ['h2c', 'keep-alive, Upgrade , HTTP2-Settings'] : [null, 'keep-alive, HTTP2-Settings']),
      'é, upgrade',
      'body',
    ])
    const bare = await visit('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n').answer()
    expect(JSON.parse(String(bare?.body))).toEqual([
      'GET',
      '/',
      ...(decidesUpgrades ? ['h2c', 'upgrade'] : [null, null]),
      null,
      '',
    ])
  })

  test('is cut where an earlier request still waits for its answer', async () => {
    const app = jest.fn()
    const { knock: visit } = await aServer(app)
    const client = visit(`GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake()}`)
    expect(await client.status()).toBe(0)
    expect(app).toHaveBeenCalledTimes(1)
  })
})

test('a test kit’s upgrade without bytes is let in, with its headers in any case', async () => {
  const seen: unknown[] = []
  const { hub, app } = letIn((request) => {
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

test('a client can be given to another WebSocket server, with what it has sent', async () => {
  let given: ReturnType<typeof releaseUpgrade>
  let closed = false
  const { knock: visit } = await aServer((request, response) => {
    response.on('close', () => (closed = true))
    setImmediate(() => setImmediate(() => (given = releaseUpgrade(request))))
  })
  const client = visit(`${handshake()}early`)
  await until(() => given !== undefined)
  expect(given?.head.toString()).toBe('early')
  given?.socket.write('HTTP/1.1 418 Another\r\nContent-Length: 0\r\n\r\n')
  expect(await client.status()).toBe(418)
  expect(closed).toBe(false)
  client.reset()
  await until(() => closed)
  expect(releaseUpgrade(new IncomingMessage(null as never))).toBeUndefined()
  expect(isUpgrade(new IncomingMessage(null as never))).toBe(false)
})
