import { FlushBatches } from '../src/broadcast/flush-batches.js'
import { Frame } from '../src/broadcast/frame.js'
import { Outbox } from '../src/broadcast/outbox.js'
import { newTraffic } from '../src/observability/traffic.js'
import { turn } from '../../../test/support/wait.js'
import { Sink } from './batch-room.js'

// When the batches of a hub are flushed: at the end of the turn, after the batch window, or at once.

afterEach(() => jest.useRealTimers())

/** Two connections, the second of them with compression, and their batches. */
function connections(window: number) {
  jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] })
  const counts = { charge: () => {}, dropped: () => {}, stalled: new Set<object>(), traffic: newTraffic() }
  const batches = new FlushBatches({ window, limit: 1000, ...counts })
  const sinks = [new Sink(), new Sink()]
  const boxes = sinks.map((sink, index) => new Outbox(batches.of(index === 1), sink))
  const send = (payload: string): void => {
    for (const box of boxes) box.push(new Frame(payload, { threshold: 0, level: 6 }))
  }
  return { batches, send, writes: () => sinks.map((sink) => sink.writes.map((bytes) => bytes[0])) }
}

test('messages leave when the batch window is over, once for all that came in it', () => {
  const { send, writes } = connections(50)
  send('a')
  jest.advanceTimersByTime(49)
  send('b')
  expect(writes()).toEqual([[], []])
  jest.advanceTimersByTime(1)
  expect(writes()).toEqual([[0x81], [0xc1]])
  send('c')
  jest.advanceTimersByTime(50)
  expect(writes()).toEqual([
    [0x81, 0x81],
    [0xc1, 0xc1],
  ])
})

test('messages leave at the end of the turn if the batch window is 0', async () => {
  const { send, writes } = connections(0)
  send('a')
  expect(writes()).toEqual([[], []])
  await turn()
  expect(writes()).toEqual([[0x81], [0xc1]])
})

test('a flush sends what waits with and without compression, and ends the batch window', () => {
  const { batches, send, writes } = connections(50)
  send('a')
  batches.flush()
  expect(writes()).toEqual([[0x81], [0xc1]])
  expect(jest.getTimerCount()).toBe(0)
})
