import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { HandOver, type HandOverOptions, type SocketServer } from '../src/adapter/index.js'
import { openServer, handshake, undoAll, undoLater } from './upgrade-server.js'

// A route whose clients go to another WebSocket server, below every framework.

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

function another(): WebSocketServer {
  const server = new WebSocketServer({ noServer: true })
  undoLater(() => server.clients.forEach((client) => client.terminate()))
  return server
}

/** A server whose app passes every client to another WebSocket server. */
async function stage(server: SocketServer, options?: HandOverOptions) {
  const handOver = new HandOver(server, options)
  const app: RequestListener = (request, response) => {
    const info = { host: request.headers.host, address: '192.0.2.1', secure: false }
    const { status, headers, body } = handOver.admit(request, info)
    response.setHeader('X-App', 'yes').writeHead(status, headers).end(body)
  }
  return openServer(app)
}

const of = (origin: string): string => handshake('/', `Origin: ${origin}`)

test('a client reaches the other server, with the headers of the app in its 101', async () => {
  const server = another()
  const { rawClient } = await stage(server)
  const client = rawClient()
  const [socket, request] = (await once(server, 'connection')) as [WebSocket, IncomingMessage]
  expect([socket.readyState, request.url]).toEqual([1, '/'])
  const answer = await client.answer()
  expect([answer?.status, answer?.header('x-app')]).toEqual([101, 'yes'])
})

test('an ordinary request is answered 426', async () => {
  const { rawClient } = await stage(another())
  expect(await rawClient('GET / HTTP/1.1\r\nHost: a\r\n\r\n').status()).toBe(426)
})

test('a route accepts its listed origins and the host of the request', async () => {
  const { rawClient } = await stage(another(), { origins: ['https://partner.example'] })
  expect(await rawClient(of('https://partner.example')).status()).toBe(101)
  expect(await rawClient(of('http://127.0.0.1')).status()).toBe(101)
  expect(await rawClient(of('https://evil.example')).status()).toBe(403)
})

test('a route without origins accepts the host of the request alone', async () => {
  const { rawClient } = await stage(another())
  expect(await rawClient(of('https://partner.example')).status()).toBe(403)
})

test.each([
  [{ maxConnections: 1 }, 503],
  [{ maxConnectionsPerAddress: 1 }, 429],
])('a route with %j refuses a second client with %d, until the first has closed', async (limits, status) => {
  const server = another()
  const { rawClient } = await stage(server, limits)
  rawClient()
  const [first] = (await once(server, 'connection')) as [WebSocket]
  expect(await rawClient().status()).toBe(status)
  first.terminate()
  await once(first, 'close')
  expect(await rawClient().status()).toBe(101)
})

test('a route without limits takes any number of clients of one address', async () => {
  const { rawClient } = await stage(another())
  for (let n = 0; n < 3; n += 1) expect(await rawClient().status()).toBe(101)
})

test('a client is disconnected with a process warning if the other server throws, and its slot is free', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const server = Object.assign(another(), {
    handleUpgrade: () => {
      throw new Error('broken')
    },
  })
  const { rawClient } = await stage(server, { maxConnections: 1 })
  for (let n = 0; n < 2; n += 1) expect(await rawClient().answer()).toBeUndefined()
  expect(warned.mock.calls[0]?.[0]).toMatch(/^A WebSocket server threw on a connection: Error: broken/)
  expect(warned).toHaveBeenCalledTimes(2)
})

test.each([
  [{}],
  [{ handleUpgrade: () => {}, on: () => {} }],
  [Object.assign(Object.create(WebSocketServer.prototype) as object, { options: { noServer: false } })],
])('handOver() throws for a server that has its own listener, or for another value: %p', (server) => {
  expect(() => new HandOver(server as SocketServer)).toThrow(
    'handOver() needs a WebSocketServer of ws with the option noServer.',
  )
})

test('handOver() accepts a server without options', () => {
  const server = { handleUpgrade: () => {}, on: () => {}, emit: () => true }
  expect(() => new HandOver(server)).not.toThrow()
})

test.each<[object, string]>([
  [{ origins: ['x'] }, 'The option origins'],
  [{ maxConnections: -1 }, 'The option maxConnections'],
  [{ maxConnectionsPerAddress: 'x' }, 'The option maxConnectionsPerAddress'],
  [{ origin: [] }, 'There is no option origin'],
])('the options %j are refused', (options, message) => {
  expect(() => new HandOver(another(), options)).toThrow(message)
})
