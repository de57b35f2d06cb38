import fc from 'fast-check'
import { closeApps, type SocketClient, TestApp } from '../support/app.js'
import { turn } from '../support/wait.js'

// Messages to any audiences within one turn of the event loop: each client gets exactly those of its audiences, in the
// order in which they were sent.

afterEach(closeApps)

interface Step {
  readonly do: 'direct' | 'user' | 'except' | 'room' | 'union' | 'hub' | 'join' | 'leave'
  readonly who: number
  readonly room: string
  readonly size: number
}

const COUNT = 5
const ROOMS = ['a', 'b', 'c']
const who = fc.nat(COUNT - 1)
const room = fc.constantFrom(...ROOMS)
const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat(200) },
  { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 400_000 }) },
)
const what = fc.constantFrom('direct', 'user', 'except', 'room', 'union', 'hub', 'join', 'leave')
const step = fc.record({ do: what, who, room, size }) as fc.Arbitrary<Step>

type Who = SocketClient['connection']

/** An audience of the clients' hub, and who is in it. */
function audienceOf(one: Step, { hub }: TestApp, clients: readonly SocketClient[]) {
  if (one.do === 'hub') return { audience: hub, includes: () => true }
  if (one.do === 'union') return { audience: hub.to('a', 'b'), includes: (c: Who) => c.in('a') || c.in('b') }
  if (one.do === 'room') return { audience: hub.room(one.room), includes: (c: Who) => c.in(one.room) }
  const { connection } = clients[one.who] as SocketClient
  if (one.do === 'direct') return { audience: connection, includes: (c: Who) => c === connection }
  if (one.do === 'except') return { audience: hub.except(connection), includes: (c: Who) => c !== connection }
  return { audience: hub.user(connection.user ?? ''), includes: (c: Who) => c.user === connection.user }
}

/** Returns a function that performs steps and returns the messages that each client must get. */
function performer(
  testApp: TestApp,
  clients: readonly SocketClient[],
): (steps: readonly Step[]) => Map<SocketClient, string[]> {
  let said = 0
  return (steps) => {
    const expected = new Map(clients.map((client) => [client, [] as string[]]))
    for (const one of steps) {
      if (one.do === 'join' || one.do === 'leave') {
        void clients[one.who]?.connection[one.do](one.room)
        continue
      }
      const message = `${said++} ${'x'.repeat(one.size)}`
      const { audience, includes } = audienceOf(one, testApp, clients)
      audience.send(message)
      for (const [client, messages] of expected) if (includes(client.connection)) messages.push(message)
    }
    return expected
  }
}

test.each([
  ['by default', {}],
  ['with compression', { compression: { threshold: 100 } }],
  ['with a small buffer', { limits: { maxBufferedBytes: 450_000 } }],
])('a client gets the messages of all its audiences in the order in which they were sent, %s', async (_, options) => {
  const testApp = new TestApp(options)
  const clients: SocketClient[] = []
  for (let n = 0; n < COUNT; n += 1) clients.push(await testApp.dial(`user=u${n % 3}&rooms=${ROOMS[n % 3]}`))
  const perform = performer(testApp, clients)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const expected = perform(steps)
      await turn()
      // A pong comes back after everything that was written before its ping.
      await Promise.all(clients.map(({ connection }) => connection.ping()))
      for (const [client, messages] of expected) expect(client.texts.splice(0)).toEqual(messages)
    }),
    { numRuns: 60 },
  )
})

test('messages that are sent in different turns arrive in the order in which they were sent', async () => {
  const testApp = new TestApp()
  const { connection, texts } = await testApp.dial('rooms=a')
  const expected: string[] = []
  for (let n = 0; n < 300; n += 1) {
    const message = String(n)
    expected.push(message)
    if (n % 2) connection.send(message)
    else testApp.hub.room('a').send(message)
    if (n % 7 === 0) await turn()
    if (n % 5 === 0) await Promise.resolve()
  }
  await turn()
  await connection.ping()
  expect(texts).toEqual(expected)
})
