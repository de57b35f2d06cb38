import { performance } from 'node:perf_hooks'
import { scale, report } from '../support/scale.js'
import { until } from '../support/wait.js'
import type { WsClient } from '../support/ws-client.js'
import { FRAMEWORKS, measured, type MeasuredServer } from './measured-server.js'

const MIB = 1024 * 1024
/** The number of messages of 10 KB. Even the short form exceeds the kernel buffer of a client that does not read. */
const MESSAGES = scale(10_000, 2000)
const LIMIT = MIB
/** Only the buffer limit may end the client that does not read. */
const PATIENT = { heartbeat: { pingInterval: 300_000 } }
const LIMITS = { maxBufferedBytes: LIMIT, writeTimeout: 300_000, closeTimeout: 300 }

describe.each(FRAMEWORKS)('one reader of a room does not read on %s', (framework) => {
  const start = measured(framework)

  test('a reader that does not read is closed with 1013, costs no more than its limit, and delays no other reader', async () => {
    const server = await start({ ...PATIENT, limits: LIMITS })
    const readers = await enter(server)
    const undisturbed = await flood(readers, MESSAGES / 10)
    const before = await server.watch()
    const stalled = await server.raw('rooms=flood&user=stalled')
    stalled.socket.pause()
    const disturbed = await flood(readers, MESSAGES)
    const most = await server.watched()
    await until(async () => (await server.closures()).length === 1)
    expect(await server.closures()).toEqual([{ user: 'stalled', code: 1013, reason: 'slow consumer', clean: false }])
    expect(await server.stats()).toMatchObject({ slow: 1, dropped: 1, connections: readers.length, users: 0 })
    expectBounded(before.live, most.live)
    expectLatency(undisturbed, disturbed)
    report({ 'MiB more': (most.live - before.live) / MIB, 'ms before': undisturbed, 'ms beside it': disturbed })
  }, 120_000)

  test('the messages of a reader that does not read are dropped and counted if slowConsumer is drop', async () => {
    const server = await start({ ...PATIENT, limits: { ...LIMITS, slowConsumer: 'drop' } })
    const readers = await enter(server)
    const undisturbed = await flood(readers, MESSAGES / 10)
    const before = await server.watch()
    const stalled = await server.ws('rooms=flood&user=stalled')
    stalled.socket.pause()
    const disturbed = await flood(readers, MESSAGES)
    const most = await server.watched()
    const { slow, dropped } = await server.stats()
    expect(slow).toBe(0)
    expect(dropped).toBeGreaterThan(0)
    stalled.socket.resume()
    // All messages that were not counted as dropped must arrive when it reads again.
    expect(await stalled.received(MESSAGES - dropped)).toHaveLength(MESSAGES - dropped)
    expectBounded(before.live, most.live)
    expectLatency(undisturbed, disturbed)
    report({
      'MiB more': (most.live - before.live) / MIB,
      dropped,
      'ms before': undisturbed,
      'ms beside it': disturbed,
    })
  }, 120_000)
})

function enter(server: MeasuredServer): Promise<WsClient[]> {
  return Promise.all([1, 2, 3].map(() => server.ws('rooms=flood')))
}

/** Sends messages to the room, each once every reader has the previous one. @returns the median of their times */
async function flood(readers: readonly WsClient[], count: number): Promise<number> {
  const [first] = readers as [WsClient]
  const times: number[] = []
  let coming = 0
  await new Promise<void>((resolve) => {
    let sent = 0
    const next = (): void => {
      if (times.length === count) return resolve()
      sent = performance.now()
      coming = readers.length
      first.send('next')
    }
    for (const { socket } of readers) {
      socket.removeAllListeners('message').on('message', () => {
        coming -= 1
        if (coming > 0) return
        times.push(performance.now() - sent)
        next()
      })
    }
    next()
  })
  return times.toSorted((a, b) => a - b)[count >> 1] ?? 0
}

function expectBounded(before: number, most: number): void {
  expect((most - before) / MIB).toBeLessThan((LIMIT + 5 * MIB) / MIB)
}

/** A server that waited for the client that does not read would take seconds. */
function expectLatency(undisturbed: number, disturbed: number): void {
  expect(disturbed).toBeLessThan(undisturbed * 3 + 10)
}
