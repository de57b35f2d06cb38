import assert from 'node:assert/strict'
import { EMPTY_POSITION } from '../../cluster/broker.js'
import { type BrokerCase, bytes, appendOne, TOPIC, WINDOW } from './scene.js'

/** Bytes that every broker has to carry in one message. */
const LARGE = 1024 * 1024

/** Bytes that no broker publishes. */
const JUNK: readonly Buffer[] = [
  Buffer.alloc(0),
  bytes('hello'),
  Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
  Buffer.alloc(65_536, 0xff),
]

function textsOf(entries: readonly { readonly bytes: Uint8Array }[]): string[] {
  return entries.map((entry) => Buffer.from(entry.bytes).toString())
}

/** Cases about foreign bytes, a store that was rolled back, and large messages. */
export const FAULT_CASES: readonly BrokerCase[] = [
  [
    'bytes that no broker has published are dropped and counted, and the next message arrives',
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
    'a store that was rolled back begins a later epoch for a server that knows a lost position',
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
    'since() answers epoch for a position that a rollback has lost, also once its offset is used again',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const before = await appendOne(one, 'a')
      const rewind = await scene.save()
      const lost = await appendOne(one, 'b', before)
      await rewind()
      assert.equal((await one.history.since(TOPIC, lost, WINDOW)).lost, 'epoch')
      // This append comes from a server that has not detected the rollback.
      const again = await appendOne(one, 'c', before)
      assert.deepEqual([again.offset, again.epoch], [lost.offset, lost.epoch])
      assert.notEqual(again.tag, lost.tag)
      assert.equal((await one.history.since(TOPIC, lost, WINDOW)).lost, 'epoch')
    },
    ['history', 'rewind'],
  ],
  [
    'since() answers too_far if the missed messages exceed maxBytes, and returns them if they have exactly maxBytes',
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
    'messages of 1 MiB and of 0 bytes arrive whole',
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
    'an appended message of 1 MiB arrives whole, and since() returns it whole',
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
    'publish() and append() of a message above the limit reject, and the next message arrives',
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
