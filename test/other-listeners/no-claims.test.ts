import { refusal, WsClient } from '../support/ws-client.js'
import { frameworks, KNOWN } from './apps.js'
import {
  destroyingListener,
  devServer,
  graphqlOnPath,
  wsOnServer,
  socketIoTimersOver,
  type OtherListener,
  pairsOf,
  socketIoWithoutTimer,
  wsOnPath,
  wsBehindListener,
  graphqlBehindListener,
  socketIoByDefault,
} from './other-listeners.js'
import { hubOutcome, type HubServer, listenerSetup, outcomesOf } from './setup.js'

// Without `claims`, some listeners work beside a hub, and others take or destroy its upgrades.

afterAll(socketIoTimersOver)

const leaving: readonly OtherListener[] = [socketIoWithoutTimer, graphqlBehindListener, wsBehindListener, devServer]
const sets: readonly (readonly OtherListener[])[] = [...leaving.map((one) => [one]), ...pairsOf(leaving), leaving]
const orders = [true, false] as const

describe.each(frameworks)('on $name', (framework) => {
  const { startHub, opened } = listenerSetup()
  const beside = (others: readonly OtherListener[], hubServer: Partial<HubServer> = {}): ReturnType<typeof startHub> =>
    startHub({ framework, others, first: true, attach: {}, ...hubServer })

  test.each([0, 1300])(
    'without claims, a hub works beside listeners that ignore its path if the authentication takes %i ms',
    async (delay) => {
      const hubServers = sets.flatMap((others) => orders.map((first) => ({ others, first })))
      const outcomes = hubServers.map(async ({ others, first }) => {
        const app = await beside(others, { first, delay })
        return (await Promise.all([hubOutcome(app), outcomesOf(others, app.port)])).flat()
      })
      expect(await Promise.all(outcomes)).toEqual(hubServers.map(({ others }) => ['hi', ...others.map(() => 'hi')]))
    },
  )

  test.each(orders)(
    'without claims, a hub works beside socket.io if the authentication takes less than one second; the hub first: %s',
    async (first) => {
      const others = [socketIoByDefault, graphqlBehindListener, wsBehindListener, devServer]
      const app = await beside(others, { first, delay: 20 })
      expect(await hubOutcome(app)).toBe('hi')
      expect(await outcomesOf(others, app.port)).toEqual(['hi', 'hi', 'hi', 'hi'])
    },
  )

  test.each([
    { other: socketIoByDefault, said: 'socket hang up' },
    { other: graphqlOnPath, said: 'refused with 400: Bad Request' },
    { other: wsOnPath, said: 'refused with 400: Bad Request' },
    { other: destroyingListener, said: 'socket hang up' },
  ])('without claims, a client of a hub beside $other.name gets: $said', async ({ other, said }) => {
    const outcomes = orders.map(async (first) => {
      const app = await beside([other], { first })
      return (await Promise.all([hubOutcome(app), outcomesOf([other], app.port)])).flat()
    })
    expect(await Promise.all(outcomes)).toEqual(orders.map(() => [said, 'hi']))
  })

  test.each(orders)(
    'without claims, ws on { server } takes the upgrades of the hub; the hub first: %s',
    async (first) => {
      const app = await beside([wsOnServer], { first, delay: 20 })
      expect([await hubOutcome(app), await outcomesOf([wsOnServer], app.port)]).toEqual(['hi', ['hi']])
      expect(opened()).toBe(0)
    },
  )

  test('without claims, an HTTP answer of the app is sent at the deadline, and never to a socket that another listener has taken', async () => {
    const app = await beside([wsBehindListener], { delay: 0, attach: { handshakeTimeout: 500 } })
    const taken = await wsBehindListener.open(app.port)
    const [unauthenticated, withoutRoute] = await Promise.all([
      refusal(WsClient.open(`ws://127.0.0.1:${app.port}/hub`)),
      refusal(WsClient.open(`ws://127.0.0.1:${app.port}/nowhere`, KNOWN)),
    ])
    expect([unauthenticated.status, unauthenticated.body]).toEqual([401, 'login first'])
    expect([withoutRoute.status, withoutRoute.body]).toEqual([200, '<title>page</title>'])
    expect(await taken.say('hi')).toBe('hi')
  })

  test('a refusal by upgrade() itself does not wait for other listeners', async () => {
    const app = await beside([wsBehindListener], { delay: 0, attach: { handshakeTimeout: 600_000 } })
    const headers = { ...KNOWN.headers, Origin: 'https://evil.example' }
    const opening = WsClient.open(`ws://127.0.0.1:${app.port}/hub`, { headers, handshakeTimeout: 3000 })
    expect((await refusal(opening)).status).toBe(403)
  })
})
