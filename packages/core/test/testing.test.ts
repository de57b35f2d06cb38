import { createServer } from 'node:http'
import { attach, Hub, HubError, Router } from '../src/index.js'
import { Upgrader } from '../src/adapter/index.js'
import { connect, HandshakeRefused } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

afterEach(closeHubServers)

test('connect() opens no port and keeps no handle', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length
  const hubServer = new HubServer({ router: new Router().handle('echo', ({ payload }) => payload) })
  const { client } = await hubServer.connect()
  expect(await client.request('echo', 1)).toBe(1)
  expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))).toHaveLength(before)
})

test('connect() throws an answer other than 101 with its status, headers and body', async () => {
  const app = createServer((_, response) => {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end('who are you?')
  })
  attach(app)
  const refused = await connect(app, '/').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(HandshakeRefused)
  expect(refused).toMatchObject({
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="x"' },
    body: 'who are you?',
  })
})

test('connect() sends headers and subprotocols, and shows the selected one', async () => {
  const hub = new Hub()
  const upgrader = new Upgrader(hub, { protocols: ['chat.v1'] })
  const seen: unknown[] = []
  const app = createServer((request, response) => {
    seen.push(request.headers.cookie)
    const info = { host: request.headers.host, address: undefined, secure: false }
    void upgrader
      .admit(request, info, () => ({}))
      .then(({ status }) => response.writeHead(status, { 'X-Mark': '1' }).end())
  })
  attach(app)
  const client = await connect(app, '/', { headers: { cookie: 'a=b' }, protocols: ['chat.v2', 'chat.v1'] })
  expect(seen).toEqual(['a=b'])
  expect(client.protocol).toBe('chat.v1')
  expect(client.headers['x-mark']).toBe('1')
  await hub.close()
})

test('next() returns received messages in order: envelopes as objects, other text, bytes', async () => {
  const hubServer = new HubServer()
  const { client, connection } = await hubServer.connect()
  connection.emit('a', 1)
  connection.send('text')
  connection.send(Buffer.from([1]))
  expect([await client.next(), await client.next(), await client.next()]).toEqual([
    { type: 'a', payload: 1 },
    'text',
    Buffer.from([1]),
  ])
})

test('next() throws when nothing comes in time', async () => {
  const app = new Hub({ onText() {} })
  const upgrader = new Upgrader(app)
  const client = await connect(
    (request, response) => {
      const info = { host: request.headers.host, address: undefined, secure: false }
      void upgrader.admit(request, info, () => ({})).then(({ status }) => response.writeHead(status).end())
    },
    '/',
    { timeout: 50 },
  )
  await expect(client.next()).rejects.toThrow('expected a message within 50 ms, got none')
  await expect(client.request('x')).rejects.toThrow('expected an answer to "x" within 50 ms, got none')
  await app.close()
})

test('next() throws at once when the connection closes, or has closed', async () => {
  const { client, connection } = await new HubServer().connect()
  const waiting = client.next().catch(String)
  connection.close(4000, 'why')
  expect(await waiting).toContain('expected a message, but the connection has closed')
  expect(await client.closed).toEqual({ code: 4000, reason: 'why' })
  await expect(client.next()).rejects.toThrow('expected a message, but the connection has closed')
})

test('request() throws the code of an error reply', async () => {
  const router = new Router().handle('x', () => {
    throw new HubError('nope', 'Not now.')
  })
  const { client } = await new HubServer({ router }).connect()
  await expect(client.request('x')).rejects.toMatchObject({ code: 'nope', message: 'Not now.' })
})

test('request() throws the issues of an error reply', async () => {
  const issues = [{ message: 'Too short.', path: ['name'] }]
  const router = new Router().handle('x', () => {
    throw new HubError('nope', 'Not now.', { issues })
  })
  const { client } = await new HubServer({ router }).connect()
  await expect(client.request('x')).rejects.toMatchObject({ code: 'nope', issues })
})

test('terminate() closes the connection on the server', async () => {
  const { client, connection } = await new HubServer().connect()
  client.terminate()
  expect(await connection.closed).toMatchObject({ code: 1006 })
}, 3000)
