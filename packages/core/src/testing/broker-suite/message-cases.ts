import assert from 'node:assert/strict'
import { bytes, type BrokerCase, TOPIC } from './scene.js'

/** Makes a call at once, and resolves when it has settled. */
async function called(call: () => void | Promise<void>): Promise<void> {
  await call()
}

/** Cases about messages. */
export const MESSAGE_CASES: readonly BrokerCase[] = [
  [
    'a message reaches every other subscribed server once, and never its sender',
    async (scene) => {
      const [one, ...others] = await scene.servers(3, TOPIC)
      await one?.broker.publish(TOPIC, bytes('hello'))
      await others[0]?.broker.publish(TOPIC, bytes('mark'))
      await scene.until('the mark', () => one?.texts.includes('mark') === true)
      await scene.until('the message', () => others[0]?.texts.length === 1 && others[1]?.texts.length === 2)
      assert.deepEqual(one?.texts, ['mark'])
      assert.deepEqual(others[0]?.texts, ['hello'])
      assert.deepEqual(others[1]?.texts.toSorted(), ['hello', 'mark'])
      assert.equal(others[0]?.arrivals[0]?.topic, TOPIC)
      assert.equal(others[0]?.arrivals[0]?.position, undefined)
    },
  ],
  [
    'a message reaches only subscribers of its topic, even if topics contain pattern characters',
    async (scene) => {
      const similar = [
        'hub/room/a*',
        'hub/room/?',
        'hub/room/[a]',
        'hub/room/%2A',
        'hub/room/A',
        'hub/room/a/b',
        'hub/room/',
      ]
      const sender = await scene.server()
      const listener = await scene.server(...similar, 'hub/user/a', 'mark')
      await sender.broker.publish(TOPIC, bytes('no'))
      for (const topic of similar) await sender.broker.publish(topic, bytes(topic))
      await sender.broker.publish('mark', bytes('mark'))
      await scene.until('all', () => listener.texts.length > similar.length)
      assert.deepEqual(listener.arrivals.map(({ topic }) => topic).toSorted(), [...similar, 'mark'].toSorted())
      assert.ok(listener.arrivals.every(({ topic, text }) => topic === text))
    },
  ],
  [
    'messages stop after unsubscribe(), and arrive once after another subscribe()',
    async (scene) => {
      const sender = await scene.server()
      const listener = await scene.server(TOPIC, 'mark')
      await listener.broker.subscribe(TOPIC)
      await listener.broker.unsubscribe(TOPIC)
      await sender.broker.publish(TOPIC, bytes('no'))
      await sender.broker.publish('mark', bytes('mark'))
      await scene.until('the mark', () => listener.texts.includes('mark'))
      await listener.broker.subscribe(TOPIC)
      await sender.broker.publish(TOPIC, bytes('yes'))
      await sender.broker.publish('mark', bytes('end'))
      await scene.until('the end', () => listener.texts.includes('end') && listener.texts.includes('yes'))
      assert.deepEqual(listener.texts.toSorted(), ['end', 'mark', 'yes'])
    },
  ],
  [
    'the last of many calls of subscribe() and unsubscribe() in one turn decides',
    async (scene) => {
      const sender = await scene.server()
      const listener = await scene.server('mark')
      const { broker } = listener
      const calls: Promise<void>[] = []
      for (let n = 0; n < 50; n += 1) {
        for (const call of [() => broker.subscribe(TOPIC), () => broker.unsubscribe(TOPIC)]) calls.push(called(call))
        for (const call of [() => broker.unsubscribe('on'), () => broker.subscribe('on')]) calls.push(called(call))
      }
      await Promise.all(calls)
      for (const topic of [TOPIC, 'on', 'mark']) await sender.broker.publish(topic, bytes(topic))
      await scene.until('what is on', () => listener.texts.includes('mark') && listener.texts.includes('on'))
      assert.deepEqual(listener.texts.toSorted(), ['mark', 'on'])
    },
  ],
  [
    'messages of one server arrive in the order in which it published them',
    async (scene) => {
      const [sender, listener] = await scene.servers(2, TOPIC)
      const sent = Array.from({ length: 500 }, (_, n) => String(n))
      await Promise.all(sent.map(async (text) => sender?.broker.publish(TOPIC, bytes(text))))
      await scene.until('all', () => listener?.texts.length === sent.length)
      assert.deepEqual(listener?.texts, sent)
    },
  ],
  [
    'messages arrive byte for byte, also if they are large, empty or part of a larger buffer',
    async (scene) => {
      const [sender, listener] = await scene.servers(2, TOPIC)
      const every = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
      const large = Buffer.alloc(1024 * 1024, every)
      const all = [every, large, Buffer.alloc(0), new Uint8Array(every.buffer, every.byteOffset + 3, 7)]
      for (const one of all) await sender?.broker.publish(TOPIC, one)
      await scene.until('all', () => listener?.arrivals.length === all.length)
      const right = all.map((one, at) => Buffer.from(one).equals(listener?.arrivals[at]?.bytes ?? Buffer.from('none')))
      assert.deepEqual(right, [true, true, true, true])
    },
  ],
  [
    'publish() returns the number of receivers or nothing, and does not reject without receivers',
    async (scene) => {
      const sender = await scene.server(TOPIC)
      assert.ok([0, undefined].includes((await sender.broker.publish('nobody', bytes('x'))) ?? undefined))
      await scene.servers(2, TOPIC)
      assert.ok([2, undefined].includes((await sender.broker.publish(TOPIC, bytes('x'))) ?? undefined))
    },
  ],
  [
    'a message published before close() is sent, and the other servers keep exchanging messages',
    async (scene) => {
      const [leaver, one, other] = await scene.servers(3, TOPIC)
      void leaver?.broker.publish(TOPIC, bytes('last'))
      await leaver?.broker.close()
      await scene.until('the last', () => one?.texts.includes('last') === true)
      await one?.broker.publish(TOPIC, bytes('on'))
      await scene.until('the next', () => other?.texts.includes('on') === true)
      assert.deepEqual(leaver?.texts, [])
    },
  ],
]
