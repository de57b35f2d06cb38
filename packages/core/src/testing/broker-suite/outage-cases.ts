import assert from 'node:assert/strict'
import { EMPTY_POSITION } from '../../cluster/broker.js'
import { bytes, type BrokerCase, type Scene, appendOne, TOPIC, WINDOW, type TestServer } from './scene.js'

/** Runs something during an outage, and waits until every server has detected the outage and its end. */
async function during(scene: Scene, servers: readonly TestServer[], run: () => Promise<void>): Promise<void> {
  const { stage } = scene
  if (!stage.outage || !stage.restore) throw new Error('the stage has no outage() and restore(): list it in lacks')
  const before = servers.map(({ restorations }) => restorations)
  await stage.outage()
  await scene.until('failed', () => servers.every(({ failures }) => failures.length > 0))
  await run()
  await stage.restore()
  await scene.until('restored', () => servers.every((server, index) => server.restorations > (before[index] ?? 0)))
}

/** Cases about outages, bursts and epochs. */
export const OUTAGE_CASES: readonly BrokerCase[] = [
  [
    'an outage is reported, calls reject while it lasts, and later messages arrive on every topic',
    async (scene) => {
      const [sender, listener] = [await scene.server(), await scene.server(TOPIC, 'hub/room/b')]
      await during(scene, [sender, listener], async () => {
        await assert.rejects(async () => sender.broker.publish(TOPIC, bytes('lost')))
      })
      for (const topic of [TOPIC, 'hub/room/b']) await sender.broker.publish(topic, bytes(topic))
      await scene.until('both', () => listener.texts.length === 2)
      assert.deepEqual(listener.texts.toSorted(), [TOPIC, 'hub/room/b'])
    },
    ['outage'],
  ],
  [
    'a history survives an outage without the appends that were refused',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const kept = await appendOne(one, 'a')
      await during(scene, [one], async () => {
        await assert.rejects(async () => appendOne(one, 'refused', kept))
      })
      await appendOne(one, 'b', kept)
      const { entries, lost } = await one.history.since(TOPIC, { ...kept, offset: 1 }, WINDOW)
      assert.equal(lost, undefined)
      assert.deepEqual(
        entries.map(({ bytes: message }) => Buffer.from(message).toString()),
        ['b'],
      )
    },
    ['history', 'outage'],
  ],
  [
    '1,500 simultaneous appends arrive completely and in order, each with the tag of its predecessor',
    async (scene) => {
      const [sender, listener] = [await scene.server(), await scene.server(TOPIC)]
      await Promise.all(Array.from({ length: 1500 }, async (_, n) => appendOne(sender, String(n))))
      await scene.until('all', () => listener.arrivals.length === 1500)
      assert.deepEqual(
        listener.texts,
        Array.from({ length: 1500 }, (_, n) => String(n)),
      )
      const links = listener.arrivals.map(({ position }) => position)
      assert.ok(links.every((link, n) => link?.previous === (n === 0 ? '' : links[n - 1]?.tag)))
    },
    ['history'],
  ],
  [
    'restart() begins a later epoch once, and notifies the subscribers',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const before = await appendOne(one, 'a')
      const first = await one.history.restart(TOPIC, before.epoch, WINDOW)
      const second = await one.history.restart(TOPIC, before.epoch, WINDOW)
      assert.ok(first.epoch > before.epoch)
      assert.deepEqual(second, first)
      await scene.until('the restart', () => one.restarts.length > 0)
      assert.deepEqual(one.restarts, [{ topic: TOPIC, position: first }])
    },
    ['history'],
  ],
  [
    'a known position that the store lacks begins a new epoch, and a position of a client does not',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const at = await appendOne(one, 'a')
      const claimed = { ...at, offset: 9 }
      assert.equal((await one.history.since(TOPIC, claimed, WINDOW)).lost, 'epoch')
      assert.deepEqual(await one.history.heads([TOPIC]), [at])
      const replay = await one.history.since(TOPIC, claimed, { ...WINDOW, known: claimed })
      assert.equal(replay.lost, 'epoch')
      assert.ok(replay.position.epoch > at.epoch)
    },
    ['history'],
  ],
  [
    'since() answers epoch for a position with the tag of another message, and equal messages have different tags',
    async (scene) => {
      const one = await scene.server(TOPIC)
      const [first, again] = [await appendOne(one, 'a'), await appendOne(one, 'a')]
      assert.notEqual(first.tag, again.tag)
      assert.equal((await one.history.since(TOPIC, { ...again, tag: first.tag }, WINDOW)).lost, 'epoch')
    },
    ['history'],
  ],
  [
    'heads() returns one position for each topic in order, and EMPTY_POSITION for an empty topic',
    async (scene) => {
      const one = await scene.server()
      const position = await appendOne(one, 'a')
      assert.deepEqual(await one.history.heads(['hub/room/never', TOPIC]), [EMPTY_POSITION, position])
    },
    ['history'],
  ],
  [
    'a page respects both limits, has at least one message, and shows that there are more',
    async (scene) => {
      const one = await scene.server()
      const first = await appendOne(one, 'a')
      for (const text of ['b', 'c', 'd']) await appendOne(one, text, first)
      const pages = [
        { messages: 2, bytes: 1000 },
        { messages: 9, bytes: 0 },
      ]
      const replays = await Promise.all(pages.map(async (page) => one.history.since(TOPIC, first, { ...WINDOW, page })))
      assert.deepEqual(
        replays.map(({ entries, more }) => [entries.length, more]),
        [
          [2, true],
          [1, true],
        ],
      )
    },
    ['history'],
  ],
]
