import assert from 'node:assert/strict'
import { EMPTY_POSITION } from '../../cluster/broker.js'
import { type BrokerCase, bytes, appendOne, TOPIC, WINDOW } from './scene.js'

/** Bytes that every broker has to carry in one message. */
const LARGE = 1024 * 1024

/** Bytes that no broker sends. */
const JUNK: readonly Buffer[] = [
  Buffer.alloc(0),
  bytes('hello'),
  Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
  Buffer.alloc(65_536, 0xff),
]

function textsOf(entries: readonly { readonly bytes: Uint8Array }[]): string[] {
  return entries.map((entry) => Buffer.from(entry.bytes).toString())
}

/** What a broker does with bytes that are none of its own, with a store that was set back, and with large messages. */
export const FAULT_CASES: readonly BrokerCase[] = [
  [
    'bytes that no broker sent are dropped and counted, and the next message arrives',
    async (scene) => {
      const [sender, listener] = [await scene.server(), await scene.server(TOPIC)]
      for (const one of JUNK) await scene.junk(TOPIC, one)
      await scene.until('all are counted', () => listener.discards === JUNK.length)
      await sender.broker.publish(TOPIC, bytes('mark'))
      await scene.until('the mark', () => listener.texts.length > 0)
      assert.deepEqual([listener.texts, listener.changes, listener.restarts], [['mark'], [], []])
    },
    ['junk'],
  ],
  [
    'a store that was set back begins a later epoch for a server that knows more',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const before = await appendOne(one, 'a')
      const rewind = await scene.save()
      const lost = await appendOne(one, 'b', before)
      await rewind()
      const after = await appendOne(one, 'c', lost)
      assert.ok(after.epoch > lost.epoch)
      const { entries } = await one.history.since(TOPIC, 10, WINDOW)
      assert.deepEqual(textsOf(entries), ['a', 'c'])
    },
    ['history', 'rewind'],
  ],
  [
    'a position that a store lost when it was set back is of another history, also once its offset is taken again',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const before = await appendOne(one, 'a')
      const rewind = await scene.save()
      const lost = await appendOne(one, 'b', before)
      await rewind()
      assert.equal((await one.history.since(TOPIC, lost, WINDOW)).lost, 'epoch')
      // From a server that has not noticed.
      const again = await appendOne(one, 'c', before)
      assert.deepEqual([again.offset, again.epoch], [lost.offset, lost.epoch])
      assert.notEqual(again.tag, lost.tag)
      assert.equal((await one.history.since(TOPIC, lost, WINDOW)).lost, 'epoch')
    },
    ['history', 'rewind'],
  ],
  [
    'a recovery of more bytes than it may have is too_far with nothing read, and of as many is whole',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const first = await appendOne(one, 'a')
      for (const text of ['b', 'c', 'd']) await appendOne(one, text.repeat(100), first)
      const few = await one.history.since(TOPIC, first, { ...WINDOW, maxBytes: 299 })
      assert.deepEqual([few.lost, few.entries.length], ['too_far', 0])
      assert.equal(few.position.offset, 4)
      const enough = await one.history.since(TOPIC, first, { ...WINDOW, maxBytes: 300 })
      assert.deepEqual([enough.lost, enough.entries.length], [undefined, 3])
    },
    ['history'],
  ],
  [
    'a message of 1 MiB and one of no bytes arrive whole',
    async (scene) => {
      const [sender, listener] = [await scene.server(), await scene.server(TOPIC)]
      const large = Buffer.alloc(LARGE, 'x\0ü')
      for (const message of [large, Buffer.alloc(0)]) await sender.broker.publish(TOPIC, message)
      await scene.until('both', () => listener.arrivals.length === 2)
      const [first, second] = listener.arrivals
      assert.ok(large.equals(first?.bytes ?? Buffer.alloc(1)))
      assert.equal(second?.bytes.length, 0)
    },
  ],
  [
    'a kept message of 1 MiB arrives whole and is read whole',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const large = Buffer.alloc(LARGE, 'x\0ü')
      await one.history.append(TOPIC, large, { ...WINDOW, known: EMPTY_POSITION })
      await scene.until('it', () => one.arrivals.length === 1)
      const { entries } = await one.history.since(TOPIC, 1, WINDOW)
      assert.deepEqual(
        [one.arrivals[0]?.bytes, entries[0]?.bytes].map((got) => got && large.equals(got)),
        [true, true],
      )
    },
    ['history'],
  ],
  [
    'a message beyond the limit rejects, is not kept, and the next one arrives',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const sender = await scene.server()
      const { limit } = scene.stage
      if (limit === undefined) throw new Error('the stage has no limit: list it in lacks')
      const huge = Buffer.alloc(limit + 1)
      await assert.rejects(async () => sender.broker.publish(TOPIC, huge))
      await assert.rejects(async () => sender.history.append(TOPIC, huge, { ...WINDOW, known: EMPTY_POSITION }))
      await appendOne(sender, 'next')
      await scene.until('the next', () => one.texts.length > 0)
      assert.deepEqual(one.texts, ['next'])
      assert.equal(one.arrivals[0]?.position?.offset, 1)
    },
    ['history', 'limit'],
  ],
]
