import { AsyncLocalStorage } from 'node:async_hooks'
import { type Connection, Hub, type HubOptions } from '@wshub/core'
import { closeApps, TestApp } from '../support/app.js'
import { latch, until } from '../support/wait.js'

afterEach(closeApps)

const valid = new Set<string>()
const check = ({ user }: Connection): boolean => valid.has(user ?? '')

beforeEach(() => {
  valid.clear()
  valid.add('ann').add('bob')
})

test.each<[name: string, check: NonNullable<HubOptions['revalidate']>['check']]>([
  ['a check', check],
  ['a check that takes time', async (connection) => check(connection)],
])('%s that returns false closes only that connection, with 4401', async (_, ask) => {
  const testApp = new TestApp({ revalidate: { every: 20, check: ask } })
  const [ann, bob] = [await testApp.connect('user=ann'), await testApp.connect('user=bob')]
  const asked = testApp.hub.stats()
  valid.delete('ann')
  expect(await ann.client.closed).toEqual({ code: 4401, reason: 'revoked' })
  expect(await ann.connection.closed).toMatchObject({ code: 4401 })
  expect(bob.connection.state).toBe('open')
  expect(asked.connections).toBe(2)
  expect(testApp.hub.stats()).toMatchObject({ closed: { 4401: 1 }, failed: 0 })
})

test('the check runs again after each interval', async () => {
  let asked = 0
  const testApp = new TestApp({ revalidate: { every: 10, check: () => (asked += 1) > 0 } })
  const { connection } = await testApp.connect()
  await until(() => asked >= 5)
  expect(connection.state).toBe('open')
})

test.each([
  [
    'throws',
    () => {
      throw new Error('the store is down')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the store is down'))],
])('a check that %s reaches onError, and the connection stays until the next', async (_, fail) => {
  let down = true
  const testApp = new TestApp({ revalidate: { every: 10, check: (connection) => (down ? fail() : check(connection)) } })
  const { client, connection } = await testApp.connect('user=ann')
  await until(() => testApp.failures.length >= 2)
  expect(testApp.failures[0]).toMatchObject({ stage: 'revalidate', error: { message: 'the store is down' } })
  expect(testApp.failures[0]?.connection).toBe(connection)
  expect(connection.state).toBe('open')
  down = false
  valid.clear()
  expect(await client.closed).toMatchObject({ code: 4401 })
})

test('a check that returns undefined closes the connection', async () => {
  const testApp = new TestApp({ revalidate: { every: 10, check: (() => {}) as () => boolean } })
  expect(await (await testApp.enter()).closed).toMatchObject({ code: 4401 })
})

test('a check that takes longer than the interval does not overlap itself, and is reported', async () => {
  const { held, release } = latch()
  let running = 0
  const testApp = new TestApp({
    revalidate: {
      every: 10,
      check: async () => {
        running += 1
        await held
        return false
      },
    },
  })
  const { client, connection } = await testApp.connect()
  await until(() => testApp.failures.length >= 2)
  expect(running).toBe(1)
  expect(testApp.failures[0]).toMatchObject({ stage: 'revalidate', error: { code: 'revalidate_timeout' } })
  expect(connection.state).toBe('open')
  release()
  expect(await client.closed).toMatchObject({ code: 4401 })
})

test('the check runs in the async context of the handshake', async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const testApp = new TestApp({ revalidate: { every: 10, check: () => seen.push(storage.getStore()) > 0 } })
  await storage.run('ours', () => testApp.enter())
  await until(() => seen.length > 0)
  expect(seen[0]).toBe('ours')
})

test('the check does not run for a closed connection or on a closed hub', async () => {
  const asked: string[] = []
  const testApp = new TestApp({ revalidate: { every: 10, check: ({ user = '' }) => asked.push(user) > 0 } })
  const [ann] = [await testApp.connect('user=ann'), await testApp.connect('user=bob')]
  await until(() => asked.includes('ann'))
  await ann.client.close()
  await ann.connection.closed
  asked.length = 0
  await until(() => asked.length > 5)
  expect(new Set(asked)).toEqual(new Set(['bob']))
  await testApp.hub.close()
  asked.length = 0
  // The checks of another hub with the same interval show that the time for a check has passed.
  let rounds = 0
  const other = new TestApp({ revalidate: { every: 10, check: () => (rounds += 1) > 0 } })
  await other.enter()
  await until(() => rounds > 2)
  expect(asked).toEqual([])
})

test.each([
  [{ check }],
  [{ every: 9, check }],
  [{ every: Infinity, check }],
  [{ every: '1000', check }],
  [{ every: 1000, check: 'yes' }],
  [true],
  [null],
])('new Hub() throws for revalidate: %j', (revalidate) => {
  const making = (): Hub => new Hub({ revalidate: revalidate as never })
  expect(making).toThrow(/^The option revalidate must be \{ every, check \} of .+, not /)
})

test('an option that does not exist is named', () => {
  const revalidate = { every: 1000, check, evry: 1 }
  expect(() => new Hub({ revalidate })).toThrow('There is no option revalidate.evry; known are: every, check.')
})
