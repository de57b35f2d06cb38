import { Router } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { latch, until } from '../../../test/support/wait.js'

// The socket is read while handlers are busy, as long as the waiting messages are within limits.maxConnectionBytes.

afterEach(closeHubServers)

const BOUND = 65_536
/** What 1,000 letters cost in the queue. */
const WAITING_BYTES = 1300
const TEXT = JSON.stringify({ type: 'note', payload: 'x'.repeat(970) })

/** A client whose handler is busy, and messages that wait behind it. */
async function busy(waiting: number) {
  const { held, release } = latch()
  const seen: string[] = []
  const router = new Router()
    .handle('slow', async ({ signal }) => {
      signal.addEventListener('abort', () => seen.push('aborted'))
      await held
    })
    .handle('note', () => void seen.push('note'))
    .handle('later', ({ signal }) => {
      seen.push('later')
      return new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
  const hubServer = new HubServer({ router, limits: { maxConnectionBytes: BOUND } })
  hubServer.hub.createRoom('open', { authorize: () => true })
  const { client, connection } = await hubServer.connect()
  await client.request('hub:join', { room: 'open' })
  client.send('{"type":"slow","id":"slow"}')
  for (let n = 0; n < waiting; n += 1) client.send(TEXT)
  return { hubServer, client, connection, seen, release }
}

/** Messages that fit into the bound with room for a short one. */
const NEARLY_FULL = Math.floor(BOUND / WAITING_BYTES) - 1

test.each([
  ['hub:ping', undefined, undefined],
  ['hub:hello', { version: 1 }, expect.objectContaining({ version: 1 })],
  ['hub:leave', { room: 'open' }, {}],
])('%s is answered while the queue is nearly full', async (type, payload, answer) => {
  const { client, seen, release } = await busy(NEARLY_FULL)
  expect(await client.request(type, payload)).toEqual(answer)
  expect(seen).toEqual([])
  release()
  await until(() => seen.length === NEARLY_FULL)
})

test('a request of the server is answered while the queue is nearly full', async () => {
  const { client, connection, release } = await busy(NEARLY_FULL)
  const asked = connection.request('sure?')
  client.reply(await client.next('sure?'), 'yes')
  expect(await asked).toBe('yes')
  release()
})

test('hub:cancel aborts the handler at work while the queue is nearly full', async () => {
  const { client, seen, release } = await busy(NEARLY_FULL)
  client.send('{"type":"hub:cancel","payload":{"id":"slow"}}')
  expect(await client.next()).toMatchObject({ type: 'error', id: 'slow', payload: { code: 'cancelled' } })
  expect(seen).toEqual(['aborted'])
  release()
})

test('hub:cancel takes a request out of a queue that is nearly full', async () => {
  const { client, seen, release } = await busy(NEARLY_FULL)
  client.send('{"type":"later","id":"l"}')
  client.send('{"type":"hub:cancel","payload":{"id":"l"}}')
  expect(await client.next()).toMatchObject({ type: 'error', id: 'l', payload: { code: 'cancelled' } })
  release()
  await until(() => seen.length === NEARLY_FULL)
  await client.request('hub:ping')
  expect(seen).not.toContain('later')
})

test('reading is paused at limits.maxConnectionBytes, and a later hub:cancel is served once there is room', async () => {
  const { hubServer, client, seen, release } = await busy(1000)
  client.send('{"type":"later","id":"l"}')
  client.send('{"type":"hub:cancel","payload":{"id":"l"}}')
  const queued = (): number => hubServer.hub.stats().memory.queued
  await until(() => queued() > BOUND)
  // The last read before the pause is accepted whole: at most 64 KiB.
  expect(queued()).toBeLessThan(BOUND + 65_536 * 1.5)
  expect(seen).toEqual([])
  release()
  await until(() => seen.filter((what) => what === 'note').length === 1000)
  expect(await client.next('error')).toMatchObject({ id: 'l', payload: { code: 'cancelled' } })
})
