import { Frame } from '../src/broadcast/frame.js'
import { Deliveries } from '../src/history/deliveries.js'
import { DuplicateHold } from '../src/history/duplicate-hold.js'
import type { HeldDelivery } from '../src/history/member-holds.js'
import { UnkeptIds } from '../src/history/unkept-ids.js'

// Messages that are held from a client after a failed recovery are sent in the end, whatever its server does.

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

const EPOCH = '1795975068cca775'

interface Stage {
  readonly hold: DuplicateHold
  readonly sent: unknown[]
  readonly ends: number[]
}

/** A client that has seen five messages, on a server that has received none. */
function stage({ limit = 1000, until }: { readonly limit?: number; readonly until?: number } = {}): Stage {
  const deliveries = new Deliveries(new UnkeptIds())
  const [sent, ends]: [unknown[], number[]] = [[], []]
  const host = {
    member: {},
    deliveries,
    limit,
    send: ({ id }: HeldDelivery) => sent.push(id),
    over: () => ends.push(performance.now()),
  }
  const kept = { since: deliveries.mark, stood: undefined, frames: [], until }
  return { hold: new DuplicateHold(host, { epoch: EPOCH, offset: 5, tag: '00000005' }, kept), sent, ends }
}

const message = (offset: number): HeldDelivery => ({
  id: String(offset),
  frame: new Frame('text', undefined),
  position: { epoch: EPOCH, offset, tag: `0000000${offset}` },
})

test('messages of a server that does not get to the position of the client are sent after five seconds', () => {
  const { hold, sent, ends } = stage()
  hold.start({ frames: [message(1)] })
  jest.advanceTimersByTime(4000)
  hold.push(message(2))
  expect(sent).toEqual([])
  jest.advanceTimersByTime(1000)
  expect([sent, ends]).toEqual([['1', '2'], [performance.now()]])
})

test('another failed recovery does not extend the time for which a message is held', () => {
  const { hold, sent } = stage()
  hold.push(message(1))
  jest.advanceTimersByTime(4000)
  const { frames, until } = hold.take() ?? { frames: [], until: undefined }
  const next = stage({ ...(until !== undefined && { until }) })
  next.hold.start({ frames })
  jest.advanceTimersByTime(1000)
  expect([sent, next.sent]).toEqual([[], ['1']])
})

test('messages that exceed the limit of held bytes are sent at once', () => {
  const { hold, sent, ends } = stage({ limit: 2 * new Frame('text', undefined).bytes(false).length })
  for (const offset of [1, 2]) hold.push(message(offset))
  expect(sent).toEqual([])
  hold.push(message(3))
  expect([sent, ends.length]).toEqual([['1', '2', '3'], 1])
})

test('held messages are not sent to a member that has left', () => {
  const { hold, sent } = stage()
  hold.push(message(1))
  hold.leave()
  jest.advanceTimersByTime(10_000)
  expect([sent, jest.getTimerCount()]).toEqual([[], 0])
})
