import { frame } from '../support/frame.js'
import { requestStatus } from '../support/request-status.js'
import { descriptors, settledHeap } from '../support/process.js'
import type { RawClient } from '../support/raw.js'
import { handshake } from '../support/request.js'
import { scale, report } from '../support/scale.js'
import { latch, inBatches, until } from '../support/wait.js'
import { HOSTILE } from './hostile-handshakes.js'
import type { Running, Step } from './hosts/index.js'
import { timedHosts } from './hosts/timed.js'
import { setUp } from './setup.js'

// Thousands of handshakes that end without a connection leave no memory, descriptor or connection slot in use.

const HOSTILE_HANDSHAKES = scale(20_000, 300)
/** Handshakes that fill pools and caches before the heap is measured. */
const WARM_UP = scale(2000, 200)
const REFUSED = scale(4000, 100)
/** Upgrades under way at a time. */
const AT_ONCE = 50
/** Simultaneous clients that get a close frame and keep sending. */
const STUBBORN = scale(500, 100)
/** Rounds of a hundred clients each. */
const RESET_ROUNDS = scale(11, 2)

describe.each(timedHosts)('a flood of handshakes on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test(`${HOSTILE_HANDSHAKES} hostile handshakes leave the heap as it was`, async () => {
    const log: string[] = []
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat), { log })
    // Handshakes that Node's parser refuses, or that are mostly body, show nothing about wshub.
    const tries = HOSTILE.filter(({ bytes }) => bytes.length < 1000)
    const flood = (count: number): Promise<void> =>
      inBatches([...Array(count).keys()], 40, async (index) => {
        const { bytes, status } = tries[index % tries.length] as (typeof tries)[number]
        if ((await requestStatus(server.port, bytes)) !== status) throw new Error(`not ${status}: ${bytes}`)
      })
    await flood(WARM_UP)
    const before = await settledHeap()
    await flood(HOSTILE_HANDSHAKES)
    expect((await settledHeap()) - before).toBeLessThan(4 * 1024 * 1024)
    expect([chat.stats().opened, log]).toEqual([0, []])
    await ws(server, '/chat')
  }, 60_000)

  test(`${REFUSED} refused upgrades, half of them from clients that never close, leave nothing behind`, async () => {
    const chat = hub()
    const server = await app((it) => {
      it.ws('/locked', chat, { before: [() => ({ status: 401, body: 'no' })] })
    })
    await (await fetch(server.url, { headers: { Connection: 'close' } })).text()
    const before = descriptors()
    const clients: RawClient[] = []
    const times: number[] = []
    await inBatches([...Array(REFUSED).keys()], AT_ONCE, async (index) => {
      const begun = performance.now()
      const client = raw(server, handshake(index % 2 ? '/locked' : '/nowhere'))
      expect(await client.status()).toBe(index % 2 ? 401 : 404)
      times.push(performance.now() - begun)
      if (index % 4 < 2) client.socket.destroy()
      else clients.push(client)
    })
    report({ 'ms of the slowest': Math.max(...times) })
    // The machine may stall once, which delays all handshakes in progress.
    expect(times.filter((ms) => ms > 1000).length).toBeLessThanOrEqual(AT_ONCE)
    // Sockets that the clients keep open at their end do not count for the server.
    const own = (): number => (descriptors() ?? 0) - clients.filter(({ socket }) => !socket.destroyed).length
    await until(async () => (await connectionsOf(server)) === 0, 10_000)
    if (before !== undefined) await until(() => own() <= before, 10_000)
    expect(chat.stats().opened).toBe(0)
  })

  test('clients that get a close frame, never close and go on sending are disconnected soon and leave nothing behind', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat, { before: [() => ({ status: 401 })] }), {
      attach: { refusals: 'close' },
    })
    const bytes = Buffer.concat(Array.from({ length: 500 }, () => frame('x'.repeat(100))))
    const flood = async (): Promise<void> => {
      await inBatches([...Array(STUBBORN).keys()], 50, async () => {
        const client = raw(
          server,
          handshake('/chat', { fields: { Host: 'app.example.com', Origin: 'https://app.example.com' } }),
        ).send(bytes)
        expect(await client.status()).toBe(101)
        client.send(bytes)
      })
      await until(async () => (await connectionsOf(server)) === 0, 5000)
    }
    // The first rounds fill pools and caches that are kept.
    await flood()
    await flood()
    const before = await settledHeap()
    await flood()
    expect((await settledHeap()) - before).toBeLessThan(5 * 1024 * 1024)
    expect(chat.stats()).toMatchObject({ connections: 0, opened: 0, received: 0, failed: 0, closed: {}, rooms: 0 })
  })

  test(`${RESET_ROUNDS * 100} clients that reset while the authentication waits open nothing and leave nothing behind`, async () => {
    const slow = slowStep()
    const log: string[] = []
    const chat = hub({ limits: { maxConnections: 1, maxConnectionsPerUser: 1 } })
    const server = await app(
      (it) => {
        it.ws('/chat', chat, { before: [slow.step], describe: withData })
      },
      { log },
    )
    const round = async (count: number): Promise<void> => {
      const clients = Array.from({ length: count }, () => raw(server, handshake('/chat', { fields: SLOW })))
      await until(() => slow.waiting() === count)
      for (const client of clients) client.reset()
      await until(() => slow.waiting() === 0)
      slow.letPass()
    }
    for (let index = 0; index < RESET_ROUNDS; index += 1) await round(100)
    await settledHeap()
    // Bytes of the heap are not compared: garbage of other tests in this process decides when they are freed.
    const kept = slow.exchanged.filter((reference) => reference.deref() !== undefined).length
    report({ 'requests and responses kept': kept })
    expect([slow.exchanged.length, kept]).toEqual([RESET_ROUNDS * 200, 0])
    expect(chat.stats()).toMatchObject({ opened: 0, connections: 0, users: 0 })
    expect(log.filter((line) => line.includes('101'))).toEqual([])
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })
})

const withData = (): object => ({ user: 'ada', data: Buffer.alloc(10_000) })
const SLOW = { 'X-Slow': 'yes' }

/** A middleware in which the requests with `SLOW` wait until they are let pass. */
function slowStep() {
  const exchanged: WeakRef<object>[] = []
  let waiting = 0
  let turn = latch()
  const step: Step = async ({ req, res }) => {
    if (!req.headers['x-slow']) return
    exchanged.push(new WeakRef(req), new WeakRef(res))
    waiting += 1
    req.once('close', () => (waiting -= 1))
    await turn.held
  }
  const letPass = (): void => {
    turn.release()
    turn = latch()
  }
  return { step, exchanged, waiting: () => waiting, letPass }
}

function connectionsOf({ server }: Running): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}
