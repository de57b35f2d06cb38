import { Upgrader } from '../src/adapter/index.js'
import * as ours from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// Two copies of this package in one process: jest.resetModules() makes one, and so does a duplicated installation.

let theirs: typeof ours

beforeAll(() => {
  jest.isolateModules(() => {
    theirs = jest.requireActual<typeof ours>('../src/index.js')
  })
})

afterEach(closeHubServers)

test('the two copies of the package are different modules', () => {
  expect(theirs.HubError).not.toBe(ours.HubError)
})

test('a HubError of another copy reaches the client with its code', async () => {
  const router = new ours.Router().handle('x', () => {
    throw new theirs.HubError('forbidden', 'Not yours.')
  })
  const hubServer = new HubServer({ router })
  const { client } = await hubServer.connect()
  await expect(client.request('x')).rejects.toMatchObject({ code: 'forbidden', message: 'Not yours.' })
  expect(hubServer.failures).toMatchObject([{ error: { fault: 'client', status: 403 } }])
})

test('instanceof HubError holds for errors of both copies, and not for others', () => {
  const [mine, other] = [new ours.HubError('x'), new theirs.HubError('x')]
  expect(mine instanceof ours.HubError && other instanceof ours.HubError && mine instanceof theirs.HubError).toBe(true)
  for (const no of [new Error('x'), null, undefined, 'x', { code: 'x', name: 'HubError' }])
    expect(no instanceof ours.HubError).toBe(false)
})

test('instanceof of a subclass of HubError holds for the subclass alone', () => {
  class Mine extends ours.HubError {}
  expect(new Mine('x') instanceof Mine).toBe(true)
  expect(new Mine('x') instanceof ours.HubError).toBe(true)
  expect(new ours.HubError('x') instanceof Mine).toBe(false)
})

test('a hub of another copy is refused with an error that names the cause', () => {
  const hub = new theirs.Hub()
  expect(() => new Upgrader(hub as never)).toThrow(
    /^This Hub is of another copy\. There are two copies of @wshub\/core/,
  )
  expect(() => new Upgrader({} as never)).toThrow('upgrade() needs a Hub as its first argument.')
})

test('a router of another copy is refused by merge() with an error that names the cause', () => {
  expect(() => new ours.Router().merge('a:', new theirs.Router())).toThrow(/^This Router is of another copy\./)
})

test('an upgrade that another copy brings is answered with an explanation', async () => {
  const { createServer } = await import('node:http')
  const { connect } = await import('../src/testing/index.js')
  const upgrader = new Upgrader(new ours.Hub())
  const server = createServer((request, response) => {
    const info = { host: request.headers.host, address: undefined, secure: false }
    const admitted = upgrader.admit(request, info, () => ({}))
    void admitted.then(({ status, body }) => response.writeHead(status, { Connection: 'close' }).end(body))
  })
  theirs.attach(server)
  const refused = connect(server, '/').catch((error: unknown) => error)
  await expect(refused).resolves.toMatchObject({ status: 426, body: expect.stringMatching(/two copies/) as string })
})

test('two copies that are attached to one server answer an upgrade once', async () => {
  const { createServer } = await import('node:http')
  const { connect } = await import('../src/testing/index.js')
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.writeHead(403).end('no')
  })
  ours.attach(server)
  theirs.attach(server)
  await expect(connect(server, '/')).rejects.toMatchObject({ status: 403 })
  expect(asked).toBe(1)
})
