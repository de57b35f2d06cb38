import { createServer, IncomingMessage } from 'node:http'
import { attach, type AttachOptions } from '../src/index.js'
import { isUpgrade, releaseUpgrade } from '../src/adapter/index.js'
import { openServer, handshake, rawClientOf, acceptingApp, undoAll } from './upgrade-server.js'
import { until } from '../../../test/support/wait.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

describe('attach', () => {
  test.each([[undefined], [null], [{}], [{ on() {}, emit() {} }], [() => {}]])(
    'attach needs a server, not %p',
    (server) => {
      expect(() => attach(server as never)).toThrow('attach() needs an http.Server, such as app.listen() returns.')
    },
  )

  test.each([
    [{ claims: true }, /^The option claims must be a function/],
    [{ dispatch: 'x' }, /^The option dispatch must be a function/],
    [{ origins: 'https://a.io' }, /^The option origins /],
    [{ handshakeTimeout: 0 }, /^The option handshakeTimeout must be a number from 1/],
    [{ handshakeTimeout: Infinity }, /^The option handshakeTimeout /],
    [{ bearerProtocol: 1 }, /^The option bearerProtocol must be true or false/],
    [{ claim: () => true }, /^There is no option claim; known are: claims, dispatch, origins/],
    [null, /^The options must be an object/],
  ])('attach refuses %p, and adds nothing to the server', (options, message) => {
    const server = createServer()
    expect(() => attach(server, options as AttachOptions)).toThrow(message)
    expect(server.listenerCount('upgrade')).toBe(0)
    expect(Object.hasOwn(server, 'emit')).toBe(false)
  })

  test('detach removes what attach added, and nothing else', () => {
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

  test('detach restores the emit that the server had before attach', () => {
    const server = createServer()
    const own = (): unknown => Reflect.get(server, 'emit')
    const emit = server.emit.bind(server)
    server.emit = emit
    const detach = attach(server, { claims: () => true })
    expect(own()).not.toBe(emit)
    detach()
    expect(own()).toBe(emit)
  })

  test('detach keeps an emit that another library replaced later, and claims no upgrade any more', async () => {
    const { app } = acceptingApp()
    const { server, detach } = await openServer(app, { claims: () => true })
    const wrapped = server.emit.bind(server)
    const events: unknown[] = []
    server.emit = (event: string, ...rest: unknown[]) => {
      events.push(event)
      return wrapped(event, ...rest)
    }
    detach()
    const client = rawClientOf(server)
    // Without a listener Node answers an upgrade as a plain request.
    expect(await client.status()).toBe(426)
    expect(events).toContain('request')
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n'))
    expect(await rawClientOf(server).status()).toBe(418)
  })

  test('two calls of attach on one server accept each client once', async () => {
    const { hub, app } = acceptingApp()
    const { server, rawClient } = await openServer(app)
    attach(server)
    const seen = jest.fn()
    server.on('request', seen)
    expect(await rawClient().status()).toBe(101)
    expect(hub.stats().opened).toBe(1)
    expect(seen).toHaveBeenCalledTimes(1)
  })
})

test('an upgrade can be passed to another WebSocket server with the bytes that the client has sent', async () => {
  let given: ReturnType<typeof releaseUpgrade>
  let closed = false
  const { rawClient } = await openServer((request, response) => {
    response.on('close', () => (closed = true))
    setImmediate(() => setImmediate(() => (given = releaseUpgrade(request))))
  })
  const client = rawClient(`${handshake()}early`)
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
