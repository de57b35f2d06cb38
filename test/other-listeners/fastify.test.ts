import { type Framework, frameworks, KNOWN } from './apps.js'
import { socketIoTimersOver, openEcho, outcome, compatible } from './other-listeners.js'
import { CLAIMED, hubOutcome, listenerSetup, outcomesOf } from './setup.js'

// Only on Fastify: @fastify/websocket on the same app, and a plugin that ends with its app.

afterAll(socketIoTimersOver)

const { startHub } = listenerSetup()
const framework = frameworks.find(({ name }) => name.startsWith('fastify')) as Framework
const own = (port: number): Promise<string> => outcome(openEcho(port, '/own', KNOWN))

const settings = [true, false].flatMap((first) => [
  { first, attach: {}, what: 'without claims' },
  { first, attach: { claims: ({ url = '' }) => ['/hub', '/own'].includes(url) }, what: 'with claims that name them' },
])

test.each(settings)(
  'routes of @fastify/websocket and a hub serve their clients, $what; wshub first: $first',
  async ({ first, attach }) => {
    const app = await startHub({ framework, others: compatible, first, attach, delay: 20 })
    expect([await hubOutcome(app), await own(app.port)]).toEqual(['hi', 'hi'])
    expect(await outcomesOf(compatible, app.port)).toEqual(compatible.map(() => 'hi'))
  },
)

test('a route of @fastify/websocket that claims does not match gets no connection', async () => {
  const app = await startHub({ framework, others: compatible, first: true, attach: CLAIMED, delay: 0 })
  expect(await own(app.port)).toBe('socket hang up')
})

test('claims have no effect on @fastify/websocket if there is no other listener', async () => {
  const app = await startHub({ framework, others: [], first: true, attach: CLAIMED, delay: 0 })
  expect([await hubOutcome(app), await own(app.port)]).toEqual(['hi', 'hi'])
})

test('app.close() disconnects the clients of the hub and leaves those of other listeners connected', async () => {
  const app = await startHub({ framework, others: compatible, first: true, delay: 0 })
  const mine = await openEcho(app.port, '/hub', KNOWN)
  const theirs = await Promise.all(compatible.map((one) => one.open(app.port)))
  const ended = app.end()
  expect((await mine.client.closed).code).toBe(1001)
  expect(await Promise.all(theirs.map((connection) => connection.say('hi')))).toEqual(compatible.map(() => 'hi'))
  for (const connection of theirs) await connection.close()
  await ended
})
