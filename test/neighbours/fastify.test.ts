import { type Framework, frameworks, KNOWN } from './apps.js'
import { lastLook, openEcho, outcome, peaceful } from './neighbours.js'
import { CLAIMED, hubSays, neighbourSetup, theySay } from './neighbour-setup.js'

// What Fastify alone has: @fastify/websocket on the same app, and an app whose end is the end of its plugins.

afterAll(lastLook)

const { live } = neighbourSetup()
const framework = frameworks.find(({ name }) => name.startsWith('fastify')) as Framework
const own = (port: number): Promise<string> => outcome(openEcho(port, '/own', KNOWN))

const settings = [true, false].flatMap((first) => [
  { first, attach: {}, what: 'without claims' },
  { first, attach: { claims: ({ url = '' }) => ['/hub', '/own'].includes(url) }, what: 'with claims that name them' },
])

test.each(settings)('routes of @fastify/websocket, $what; wshub first: $first', async ({ first, attach }) => {
  const app = await live({ framework, neighbours: peaceful, first, attach, delay: 20 })
  expect([await hubSays(app), await own(app.port)]).toEqual(['hi', 'hi'])
  expect(await theySay(peaceful, app.port)).toEqual(peaceful.map(() => 'hi'))
})

test('claims that do not name a route of @fastify/websocket leave it to the others, none of whom takes it', async () => {
  const app = await live({ framework, neighbours: peaceful, first: true, attach: CLAIMED, delay: 0 })
  expect(await own(app.port)).toBe('socket hang up')
})

test('claims do not matter where nobody else listens', async () => {
  const app = await live({ framework, neighbours: [], first: true, attach: CLAIMED, delay: 0 })
  expect([await hubSays(app), await own(app.port)]).toEqual(['hi', 'hi'])
})

test('closing the app sends the clients of the hub away and leaves those of the others to them', async () => {
  const app = await live({ framework, neighbours: peaceful, first: true, delay: 0 })
  const mine = await openEcho(app.port, '/hub', KNOWN)
  const theirs = await Promise.all(peaceful.map((one) => one.open(app.port)))
  const ended = app.end()
  expect((await mine.client.closed).code).toBe(1001)
  expect(await Promise.all(theirs.map((line) => line.say('hi')))).toEqual(peaceful.map(() => 'hi'))
  for (const line of theirs) await line.close()
  await ended
})
