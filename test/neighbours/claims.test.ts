import { refusal, WsClient } from '../support/ws-client.js'
import { frameworks, KNOWN } from './apps.js'
import { all, lastLook, type Neighbour, openEcho, pairsOf, patientSocketIo, peaceful } from './neighbours.js'
import { CLAIMED, hubSays, neighbourSetup, theySay } from './neighbour-setup.js'

// With `claims`: whoever works without wshub works with it, and the hub works with whoever it is, however long the auth
// takes.

afterAll(lastLook)

const sets: readonly (readonly Neighbour[])[] = [
  ...[...all, patientSocketIo].map((one) => [one]),
  ...pairsOf(peaceful),
  peaceful,
]
const hubServers = sets.flatMap((neighbours) => [true, false].map((first) => ({ neighbours, first })))
const nameOf = ({ neighbours, first }: (typeof hubServers)[number]): string =>
  `${neighbours.map(({ name }) => name).join(' + ')}, the hub ${first ? 'first' : 'last'}`

describe.each(frameworks)('on $name', (framework) => {
  const { live } = neighbourSetup()

  test('a slow auth, everybody alone, in pairs and together, in both orders', async () => {
    const outcomes = hubServers.map(async (hubServer) => {
      const app = await live({ framework, ...hubServer })
      const said = await Promise.all([hubSays(app), theySay(hubServer.neighbours, app.port)])
      return [nameOf(hubServer), ...said.flat()]
    })
    const expected = hubServers.map((hubServer) => [nameOf(hubServer), 'hi', ...hubServer.neighbours.map(() => 'hi')])
    expect(await Promise.all(outcomes)).toEqual(expected)
  })

  test('pages are served as before', async () => {
    const { port } = await live({ framework, neighbours: peaceful, first: true, delay: 0 })
    const page = `http://127.0.0.1:${port}/whatever`
    expect((await fetch(page)).status).toBe(401)
    expect(await (await fetch(page, { headers: { 'x-user': 'ann' } })).text()).toContain('<title>page</title>')
  })
})

describe.each(frameworks)('on $name, nobody waits for the others', (framework) => {
  const { live } = neighbourSetup()

  test.each([true, false])('a client that the auth does not know; the hub first: %s', async (first) => {
    const attach = { ...CLAIMED, handshakeTimeout: 600_000 }
    const { port } = await live({ framework, neighbours: peaceful, first, delay: 0, attach })
    const { status, body } = await refusal(WsClient.open(`ws://127.0.0.1:${port}/hub`))
    expect([status, body]).toEqual([401, 'login first'])
  })
})

// A Fastify plugin goes with its app, and the app with its server: there is nothing to detach.
describe.each(frameworks.filter(({ name }) => !name.startsWith('fastify')))('after detach() on $name', (framework) => {
  const { live } = neighbourSetup()

  test('the others still work, and what was open stays open', async () => {
    const outcomes = hubServers.map(async (hubServer) => {
      const app = await live({ framework, ...hubServer, delay: 0 })
      const neighbours = hubServer.neighbours.map((one) => one.open(app.port))
      const open = await Promise.all([openEcho(app.port, '/hub', KNOWN), ...neighbours])
      app.detach?.()
      const said = await Promise.all([...open.map((line) => line.say('hi')), theySay(hubServer.neighbours, app.port)])
      for (const line of open) await line.close()
      return [nameOf(hubServer), ...said.flat()]
    })
    const expected = hubServers.map((hubServer) => [
      nameOf(hubServer),
      'hi',
      ...[...hubServer.neighbours, ...hubServer.neighbours].map(() => 'hi'),
    ])
    expect(await Promise.all(outcomes)).toEqual(expected)
  })

  test('an upgrade that was claimed goes to the listeners that are left', async () => {
    const app = await live({ framework, neighbours: peaceful, first: true, delay: 0 })
    app.detach?.()
    app.server.on('upgrade', ({ url }, socket) => {
      if (url === '/hub') socket.end('HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n')
    })
    expect((await refusal(WsClient.open(`ws://127.0.0.1:${app.port}/hub`, KNOWN))).status).toBe(299)
  })
})
