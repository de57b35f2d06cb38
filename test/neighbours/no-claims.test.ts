import { refusal, WsClient } from '../support/ws-client.js'
import { frameworks, KNOWN } from './apps.js'
import {
  cutting,
  devServer,
  graphql,
  greedy,
  lastLook,
  type Neighbour,
  pairsOf,
  patientSocketIo,
  plain,
  polite,
  politeGraphql,
  socketIoAsItIs,
} from './neighbours.js'
import { hubSays, type Living, neighbourSetup, theySay } from './neighbour-setup.js'

// Without `claims`: who may live here all the same, and what becomes of the hub beside those who may not.

afterAll(lastLook)

const patient: readonly Neighbour[] = [patientSocketIo, politeGraphql, polite, devServer]
const sets: readonly (readonly Neighbour[])[] = [...patient.map((one) => [one]), ...pairsOf(patient), patient]
const orders = [true, false] as const

describe.each(frameworks)('on $name', (framework) => {
  const { live, opened } = neighbourSetup()
  const beside = (neighbours: readonly Neighbour[], living: Partial<Living> = {}): ReturnType<typeof live> =>
    live({ framework, neighbours, first: true, attach: {}, ...living })

  test.each([0, 1300])('an auth of %i ms, beside whoever leaves alone what is not its own', async (delay) => {
    const hubServers = sets.flatMap((neighbours) => orders.map((first) => ({ neighbours, first })))
    const outcomes = hubServers.map(async ({ neighbours, first }) => {
      const app = await beside(neighbours, { first, delay })
      return (await Promise.all([hubSays(app), theySay(neighbours, app.port)])).flat()
    })
    expect(await Promise.all(outcomes)).toEqual(
      hubServers.map(({ neighbours }) => ['hi', ...neighbours.map(() => 'hi')]),
    )
  })

  test.each(orders)(
    'socket.io as it is, while the auth takes less than its second; the hub first: %s',
    async (first) => {
      const neighbours = [socketIoAsItIs, politeGraphql, polite, devServer]
      const app = await beside(neighbours, { first, delay: 20 })
      expect(await hubSays(app)).toBe('hi')
      expect(await theySay(neighbours, app.port)).toEqual(['hi', 'hi', 'hi', 'hi'])
    },
  )

  test.each([
    { neighbour: socketIoAsItIs, said: 'socket hang up' },
    { neighbour: graphql, said: 'refused with 400: Bad Request' },
    { neighbour: plain, said: 'refused with 400: Bad Request' },
    { neighbour: cutting, said: 'socket hang up' },
  ])('$neighbour.name costs a hub without claims its clients: $said', async ({ neighbour, said }) => {
    const outcomes = orders.map(async (first) => {
      const app = await beside([neighbour], { first })
      return (await Promise.all([hubSays(app), theySay([neighbour], app.port)])).flat()
    })
    expect(await Promise.all(outcomes)).toEqual(orders.map(() => [said, 'hi']))
  })

  test.each(orders)('ws on { server } takes the clients of the hub; the hub first: %s', async (first) => {
    const app = await beside([greedy], { first, delay: 20 })
    expect([await hubSays(app), await theySay([greedy], app.port)]).toEqual(['hi', ['hi']])
    expect(opened()).toBe(0)
  })

  test('an answer of the app beside other listeners comes at the deadline, and never on a socket that one of them has taken', async () => {
    const app = await beside([polite], { delay: 0, attach: { handshakeTimeout: 500 } })
    const taken = await polite.open(app.port)
    const [stranger, lost] = await Promise.all([
      refusal(WsClient.open(`ws://127.0.0.1:${app.port}/hub`)),
      refusal(WsClient.open(`ws://127.0.0.1:${app.port}/nowhere`, KNOWN)),
    ])
    expect([stranger.status, stranger.body]).toEqual([401, 'login first'])
    expect([lost.status, lost.body]).toEqual([200, '<title>page</title>'])
    expect(await taken.say('hi')).toBe('hi')
  })

  test('a refusal by upgrade() itself does not wait for other listeners', async () => {
    const app = await beside([polite], { delay: 0, attach: { handshakeTimeout: 600_000 } })
    const headers = { ...KNOWN.headers, Origin: 'https://evil.example' }
    const opening = WsClient.open(`ws://127.0.0.1:${app.port}/hub`, { headers, handshakeTimeout: 3000 })
    expect((await refusal(opening)).status).toBe(403)
  })
})
