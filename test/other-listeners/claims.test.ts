import { refusal, WsClient } from '../support/ws-client.js'
import { frameworks, KNOWN } from './apps.js'
import {
  all,
  socketIoTimersOver,
  type OtherListener,
  openEcho,
  pairsOf,
  socketIoWithoutTimer,
  compatible,
} from './other-listeners.js'
import { CLAIMED, hubOutcome, listenerSetup, outcomesOf } from './setup.js'

// With `claims`, listeners that work together without wshub also work with it, and the hub works beside every listener,
// however long the authentication takes.

afterAll(socketIoTimersOver)

const sets: readonly (readonly OtherListener[])[] = [
  ...[...all, socketIoWithoutTimer].map((one) => [one]),
  ...pairsOf(compatible),
  compatible,
]
const hubServers = sets.flatMap((others) => [true, false].map((first) => ({ others, first })))
const nameOf = ({ others, first }: (typeof hubServers)[number]): string =>
  `${others.map(({ name }) => name).join(' + ')}, the hub ${first ? 'first' : 'last'}`

describe.each(frameworks)('on $name', (framework) => {
  const { startHub } = listenerSetup()

  test('with claims and a slow authentication, the hub works beside each listener, pairs and all of them, in both orders', async () => {
    const outcomes = hubServers.map(async (hubServer) => {
      const app = await startHub({ framework, ...hubServer })
      const said = await Promise.all([hubOutcome(app), outcomesOf(hubServer.others, app.port)])
      return [nameOf(hubServer), ...said.flat()]
    })
    const expected = hubServers.map((hubServer) => [nameOf(hubServer), 'hi', ...hubServer.others.map(() => 'hi')])
    expect(await Promise.all(outcomes)).toEqual(expected)
  })

  test('a server with a hub and other listeners serves pages', async () => {
    const { port } = await startHub({ framework, others: compatible, first: true, delay: 0 })
    const page = `http://127.0.0.1:${port}/whatever`
    expect((await fetch(page)).status).toBe(401)
    expect(await (await fetch(page, { headers: { 'x-user': 'ann' } })).text()).toContain('<title>page</title>')
  })
})

describe.each(frameworks)('a refusal with claims on $name', (framework) => {
  const { startHub } = listenerSetup()

  test.each([true, false])(
    'with claims, an unauthenticated client gets its 401 without waiting for other listeners; the hub first: %s',
    async (first) => {
      const attach = { ...CLAIMED, handshakeTimeout: 600_000 }
      const { port } = await startHub({ framework, others: compatible, first, delay: 0, attach })
      const { status, body } = await refusal(WsClient.open(`ws://127.0.0.1:${port}/hub`))
      expect([status, body]).toEqual([401, 'login first'])
    },
  )
})

// A Fastify plugin ends with its app: it has no detach().
describe.each(frameworks.filter(({ name }) => !name.startsWith('fastify')))('after detach() on $name', (framework) => {
  const { startHub } = listenerSetup()

  test('after detach() the other listeners accept clients, and open connections stay open', async () => {
    const outcomes = hubServers.map(async (hubServer) => {
      const app = await startHub({ framework, ...hubServer, delay: 0 })
      const others = hubServer.others.map((one) => one.open(app.port))
      const open = await Promise.all([openEcho(app.port, '/hub', KNOWN), ...others])
      app.detach?.()
      const said = await Promise.all([
        ...open.map((connection) => connection.say('hi')),
        outcomesOf(hubServer.others, app.port),
      ])
      for (const connection of open) await connection.close()
      return [nameOf(hubServer), ...said.flat()]
    })
    const expected = hubServers.map((hubServer) => [
      nameOf(hubServer),
      'hi',
      ...[...hubServer.others, ...hubServer.others].map(() => 'hi'),
    ])
    expect(await Promise.all(outcomes)).toEqual(expected)
  })

  test('after detach() an upgrade that was claimed goes to the other listeners', async () => {
    const app = await startHub({ framework, others: compatible, first: true, delay: 0 })
    app.detach?.()
    app.server.on('upgrade', ({ url }, socket) => {
      if (url === '/hub') socket.end('HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n')
    })
    expect((await refusal(WsClient.open(`ws://127.0.0.1:${app.port}/hub`, KNOWN))).status).toBe(299)
  })
})
