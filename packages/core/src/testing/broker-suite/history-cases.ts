import assert from 'node:assert/strict'
import { EMPTY_POSITION, type Position, type Replay } from '../../cluster/broker.js'
import { bytes, type BrokerCase, type Scene, type TestServer, TOPIC, WINDOW } from './scene.js'

/** Appends texts one after the other. @returns the last position */
async function appendAll(server: TestServer, texts: readonly string[], window = WINDOW): Promise<Position> {
  let last = EMPTY_POSITION
  for (const text of texts) last = await server.history.append(TOPIC, bytes(text), { ...window, known: EMPTY_POSITION })
  return last
}

/** The position of the kept message at an offset. */
async function at(server: TestServer, offset: number, topic = TOPIC): Promise<Position> {
  const { entries, position } = await server.history.since(topic, 1000, WINDOW)
  const entry = entries.find((one) => one.offset === offset)
  return { offset, epoch: position.epoch, tag: entry?.tag ?? '' }
}

function replayShown({ entries, lost }: Replay): unknown {
  return lost ?? entries.map((entry) => `${entry.offset} ${Buffer.from(entry.bytes).toString()}`)
}

const abc = ['a', 'b', 'c']

/** Defines a case that is skipped if the broker has no history. */
function history(title: string, body: (scene: Scene, server: TestServer) => Promise<void>): BrokerCase {
  return [
    title,
    async (scene) => {
      const server = await scene.server(TOPIC)
      await body(scene, server)
    },
    ['history'],
  ]
}

/** Cases about histories. */
export const HISTORY_CASES: readonly BrokerCase[] = [
  history(
    'an appended message reaches every subscriber, its sender included, with increasing positions',
    async (scene, one) => {
      const other = await scene.server(TOPIC)
      const outsider = await scene.server('hub/room/b')
      const { epoch } = await appendAll(one, abc)
      const positions = await Promise.all([1, 2, 3].map(async (offset) => at(one, offset)))
      for (const server of [one, other]) {
        await scene.until('all', () => server.texts.length >= 3)
        const seen = server.arrivals.map(({ text, position, topic }) => [topic, text, position])
        assert.deepEqual(
          seen,
          abc.map((text, n) => [TOPIC, text, { ...positions[n], epoch, previous: positions[n - 1]?.tag ?? '' }]),
        )
      }
      assert.deepEqual(outsider.texts, [])
    },
  ),
  history('appends of three servers arrive everywhere in one order', async (scene, one) => {
    const all = [one, ...(await scene.servers(2, TOPIC))]
    const options = { ...WINDOW, size: 1000, known: EMPTY_POSITION }
    const texts = Array.from({ length: 100 }, (_, n) => n)
    await Promise.all(
      texts.flatMap((n) => all.map(async ({ history: it }, who) => it.append(TOPIC, bytes(`${who}:${n}`), options))),
    )
    await scene.until('all', () => all.every((server) => server.texts.length === 300))
    for (const { arrivals, texts: got } of all) {
      assert.deepEqual(
        arrivals.map(({ position }) => position?.offset),
        Array.from({ length: 300 }, (_, n) => n + 1),
      )
      assert.deepEqual(got, one.texts)
    }
    // The messages of each sender stay in their order.
    assert.deepEqual(
      one.texts.filter((text) => text.startsWith('1:')),
      texts.map((n) => `1:${n}`),
    )
  }),
  history('since() returns the messages after a position in order, on every server', async (scene, one) => {
    const last = await appendAll(one, abc)
    const late = await scene.server()
    assert.deepEqual(replayShown(await late.history.since(TOPIC, await at(one, 1), WINDOW)), ['2 b', '3 c'])
    assert.deepEqual(replayShown(await late.history.since(TOPIC, EMPTY_POSITION, WINDOW)), ['1 a', '2 b', '3 c'])
    const nothing = await late.history.since(TOPIC, last, WINDOW)
    assert.deepEqual([replayShown(nothing), nothing.position], [[], last])
  }),
  history('since() returns the last messages if it gets a number', async (_, one) => {
    const position = await appendAll(one, abc)
    assert.deepEqual(replayShown(await one.history.since(TOPIC, 2, WINDOW)), ['2 b', '3 c'])
    assert.deepEqual(replayShown(await one.history.since(TOPIC, 10, WINDOW)), ['1 a', '2 b', '3 c'])
    const none = await one.history.since(TOPIC, 0, WINDOW)
    assert.deepEqual([replayShown(none), none.position], [[], position])
  }),
  history('an empty topic has the empty position, and its first message is number 1', async (_, one) => {
    const { position } = await one.history.since(TOPIC, 0, WINDOW)
    assert.deepEqual(position, EMPTY_POSITION)
    assert.equal((await appendAll(one, ['a'])).offset, 1)
    assert.deepEqual(replayShown(await one.history.since(TOPIC, position, WINDOW)), ['1 a'])
  }),
  history('since() answers too_far without messages if more have passed than the window holds', async (_, one) => {
    const window = { ...WINDOW, size: 5 }
    const texts = Array.from({ length: 12 }, (__, n) => String(n + 1))
    await appendAll(one, texts, window)
    assert.deepEqual(replayShown(await one.history.since(TOPIC, await at(one, 8), window)), [
      '9 9',
      '10 10',
      '11 11',
      '12 12',
    ])
    assert.equal(replayShown(await one.history.since(TOPIC, EMPTY_POSITION, window)), 'too_far')
    assert.equal((await one.history.since(TOPIC, 100, window)).entries.length, 5)
  }),
  history(
    'since() answers expired without messages if missed messages are older than the window',
    async (scene, one) => {
      const window = { ...WINDOW, ttl: 60 }
      const position = await appendAll(one, ['old'], window)
      await scene.until(
        'old enough',
        async () => replayShown(await one.history.since(TOPIC, EMPTY_POSITION, window)) === 'expired',
      )
      assert.deepEqual(replayShown(await one.history.since(TOPIC, position, window)), [])
      assert.equal((await appendAll(one, ['new'], WINDOW)).offset, 2)
      assert.equal(replayShown(await one.history.since(TOPIC, EMPTY_POSITION, window)), 'expired')
    },
  ),
  history(
    'since() answers epoch if the position has another epoch or an offset that does not exist yet',
    async (_, one) => {
      const position = await appendAll(one, abc)
      assert.equal(
        replayShown(await one.history.since(TOPIC, { ...position, epoch: '9999999999ffffff' }, WINDOW)),
        'epoch',
      )
      assert.equal(replayShown(await one.history.since(TOPIC, { ...position, offset: 4 }, WINDOW)), 'epoch')
    },
  ),
  history('restart() begins a new epoch that continues the offsets and keeps the messages', async (_, one) => {
    const before = await appendAll(one, abc)
    await one.history.restart(TOPIC, before.epoch, WINDOW)
    const after = await appendAll(one, ['d'])
    assert.equal(after.offset, 4)
    assert.notEqual(after.epoch, before.epoch)
    assert.equal(replayShown(await one.history.since(TOPIC, before, WINDOW)), 'epoch')
    assert.deepEqual(replayShown(await one.history.since(TOPIC, 2, WINDOW)), ['3 c', '4 d'])
    assert.deepEqual(await one.history.restart('hub/room/never was', before.epoch, WINDOW), EMPTY_POSITION)
  }),
  history('append() begins a new epoch if the store lacks the position that the server knows', async (_, one) => {
    const before = await appendAll(one, abc)
    const after = await one.history.append(TOPIC, bytes('x'), { ...WINDOW, known: { ...before, offset: 7 } })
    assert.equal(after.offset, 4)
    assert.notEqual(after.epoch, before.epoch)
  }),
  history('calls of one server take effect in the order of the calls', async (_, one) => {
    const options = { ...WINDOW, known: EMPTY_POSITION }
    const asked = [
      async () => one.history.since(TOPIC, 10, WINDOW),
      async () => one.history.append(TOPIC, bytes('a'), options),
      async () => one.history.since(TOPIC, 10, WINDOW),
      async () => one.history.append(TOPIC, bytes('b'), options),
    ].map(async (ask) => ask())
    const [before, , between] = await Promise.all(asked)
    assert.deepEqual([replayShown(before as Replay), replayShown(between as Replay)], [[], ['1 a']])
  }),
  history('a topic keeps its own messages, byte for byte', async (_, one) => {
    const every = Buffer.from(Array.from({ length: 256 }, (__, n) => n))
    await one.history.append('hub/room/x', every, { ...WINDOW, known: EMPTY_POSITION })
    await appendAll(one, abc)
    const { entries, position } = await one.history.since('hub/room/x', 10, WINDOW)
    assert.equal(position.offset, 1)
    assert.ok(every.equals(entries[0]?.bytes ?? Buffer.alloc(0)))
  }),
]
