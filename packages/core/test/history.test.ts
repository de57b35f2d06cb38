import { type Connection, EMPTY_POSITION, type Recovered, Router } from '../src/index.js'
import { MemoryNetwork, type TestClient } from '../src/testing/index.js'
import { closeHouses, House, latch, until } from './house.js'

// Rooms that keep what is emitted: positions, order, and clients that come back.

afterEach(closeHouses)

const POSITION = { offset: expect.any(Number), epoch: expect.any(String), tag: expect.any(String) }
const HISTORY = { size: 5, ttl: 60_000 }

interface Guest {
  readonly client: TestClient
  readonly connection: Connection
}

interface Place {
  readonly here: House
  readonly there: House
}

function house(options: ConstructorParameters<typeof House>[0] = {}): House {
  const made = new House({ router: new Router(), ...options })
  made.hub.createRoom(/^log/, { history: HISTORY })
  return made
}

function alone(): Place {
  const here = house()
  return { here, there: here }
}

function two(): Place {
  const network = new MemoryNetwork()
  return { here: house({ broker: network.broker() }), there: house({ broker: network.broker() }) }
}

const recover = async ({ client }: Guest, payload: object): Promise<Recovered> =>
  client.request('hub:recover', { room: 'log', ...payload })

async function told({ here }: Place, from: number, to: number): Promise<void> {
  for (const n of emitted(from, to)) here.hub.room('log').emit('n', n)
  await until(async () => (await here.hub.room('log').history?.position())?.offset === to)
}

/** The payloads that a client has got up to a mark that everybody gets. */
async function upToMark({ client }: Guest, { hub }: House): Promise<unknown[]> {
  hub.emit('mark')
  const got: unknown[] = []
  for (;;) {
    const message = (await client.next()) as { type: string; payload?: unknown }
    if (message.type === 'mark') return got
    got.push(message.payload)
  }
}

const emitted = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe.each([
  ['one server', alone],
  ['two servers', two],
])('on %s', (_, place) => {
  test('messages carry room, offset and epoch, and arrive in one order everywhere', async () => {
    const { here, there } = place()
    const [one, other] = [await here.visit({ rooms: ['log'] }), await there.visit({ rooms: ['log'] })]
    await other.connection.join('log')
    for (const n of emitted(1, 20)) (n % 2 ? here : there).hub.room('log').emit('n', n)
    const first = (await one.client.next()) as { epoch?: unknown }
    expect(first).toEqual({ type: 'n', payload: expect.any(Number), room: 'log', ...POSITION, offset: 1 })
    const seen: unknown[][] = [[first], []]
    for (const n of emitted(2, 20)) seen[0]?.push(await one.client.next(), n)
    for (const n of emitted(1, 20)) seen[1]?.push(await other.client.next(), n)
    expect(seen[1]?.filter((it) => typeof it === 'object')).toEqual(seen[0]?.filter((it) => typeof it === 'object'))
  })

  test('who comes back gets what was missed, in order and once, and then what is said', async () => {
    const there = place()
    const before = await there.here.visit({ rooms: ['log'] })
    await told(there, 1, 2)
    const position = await recover(before, {})
    await before.client.close()
    await told(there, 3, 6)
    const after = await there.there.visit({ rooms: ['log'] })
    const answer = await recover(after, position)
    expect(answer).toEqual({
      ...POSITION,
      recovered: true,
      offset: 6,
      epoch: position.epoch,
      connection: after.connection.id,
    })
    await told(there, 7, 7)
    expect(await upToMark(after, there.here)).toEqual([3, 4, 5, 6, 7])
  })

  test('what goes on while a client recovers comes after it, and what came before is not sent twice', async () => {
    const there = place()
    await there.there.visit({ rooms: ['log'] })
    await told(there, 1, 2)
    const after = await there.there.visit({ rooms: ['log'] })
    await told(there, 3, 4)
    const answer = recover(after, EMPTY_POSITION)
    for (const n of emitted(5, 30)) there.here.hub.room('log').emit('n', n)
    await answer.catch(() => {})
    await told(there, 31, 31)
    const got = await upToMark(after, there.here)
    const reply = await answer
    // Whether the window was still wide enough is a matter of time; that it is all or nothing is not.
    expect(reply.recovered ? got.toSorted((a, b) => Number(a) - Number(b)) : [1, 2, ...got]).toEqual(emitted(1, 31))
    expect(got.slice(-27)).toEqual(emitted(5, 31))
  })

  test.each([
    ['too_far', EMPTY_POSITION, 9],
    ['epoch', { epoch: '0000000001ffffff' }, 3],
    ['epoch', { offset: 99 }, 3],
    ['epoch', { tag: 'ffffffff' }, 3],
    ['epoch', { tag: undefined }, 3],
    ['epoch', { epoch: 'made up' }, 3],
  ])('%s: nothing is sent, and the client learns where it stands', async (reason, asked, last) => {
    const there = place()
    const guest = await there.there.visit({ rooms: ['log'] })
    await told(there, 1, last)
    const position = await recover(guest, {})
    const { epoch } = position
    const after = await there.there.visit({ rooms: ['log'] })
    expect(await recover(after, { ...position, ...asked })).toMatchObject({
      recovered: false,
      reason,
      offset: last,
      epoch,
    })
    expect(await upToMark(after, there.here)).toEqual([])
  })

  test('a late joiner gets the last n', async () => {
    const there = place()
    await told(there, 1, 8)
    const guest = await there.there.visit({ rooms: ['log'] })
    expect(await recover(guest, { last: 3 })).toMatchObject({ recovered: true, offset: 8 })
    expect(await upToMark(guest, there.here)).toEqual([6, 7, 8])
    const other = await there.there.visit({ rooms: ['log'] })
    await recover(other, { last: 50 })
    expect(await upToMark(other, there.here)).toEqual([4, 5, 6, 7, 8])
  })

  test('exceptions hold for whoever had that connection', async () => {
    const there = place()
    const sender = await there.there.visit({ rooms: ['log'] })
    there.there.hub.room('log').except(sender.connection).emit('n', 'for others')
    await until(async () => (await there.here.hub.room('log').history?.position())?.offset === 1)
    await told(there, 2, 2)
    const back = await there.there.visit({ rooms: ['log'] })
    const asked = { ...EMPTY_POSITION, connection: sender.connection.id }
    expect(await recover(back, asked)).toMatchObject({ recovered: true })
    expect(await upToMark(back, there.here)).toEqual([2])
    const stranger = await there.there.visit({ rooms: ['log'] })
    await recover(stranger, EMPTY_POSITION)
    expect(await upToMark(stranger, there.here)).toEqual(['for others', 2])
  })

  test('only what is emitted to the room itself is kept, and it keeps its order with everything else said to it', async () => {
    const { here, there } = place()
    const near = await here.visit({ user: 'ann', rooms: ['log', 'other'] })
    const far = await there.visit({ user: 'bob', rooms: ['log'] })
    await far.connection.join('log')
    const room = here.hub.room('log')
    room.emit('n', 1)
    room.send('raw')
    room.emit('n', 2)
    room.json({ free: true })
    room.emit('n', 3)
    const order = [1, 'raw', 2, { free: true }, 3]
    for (const { client } of [near, far]) {
      for (const expected of order) {
        const message = await client.next()
        expect(typeof expected === 'number' ? (message as { payload?: unknown }).payload : readable(message)).toEqual(
          expected,
        )
      }
    }
    here.hub.to('log', 'other').emit('union')
    const union = [await near.client.next(), await near.client.next()]
    expect(union).toContainEqual({ type: 'union', room: 'log', ...POSITION })
    expect(union).toContainEqual({ type: 'union', room: 'other' })
  })

  test('a farewell that is kept arrives before the end', async () => {
    const { here, there } = place()
    const near = await here.visit({ rooms: ['log'] })
    const far = await there.visit({ rooms: ['log'] })
    await far.connection.join('log')
    here.hub.room('log').emit('bye')
    here.hub.room('log').disconnect(4403, 'over')
    for (const { client } of [near, far]) {
      expect(await client.next()).toMatchObject({ type: 'bye', offset: 1 })
      expect(await client.closed).toEqual({ code: 4403, reason: 'over' })
    }
  })

  test('room.history reads what is kept', async () => {
    const there = place()
    const { history } = there.here.hub.room('log')
    await told(there, 1, 3)
    const { epoch } = (await history?.position()) ?? EMPTY_POSITION
    const second = { type: 'n', payload: 2, room: 'log', offset: 2, epoch }
    const [first, ...rest] = (await history?.last(3)) ?? []
    expect(rest).toMatchObject([second, { ...second, payload: 3, offset: 3 }])
    if (!first) throw new Error('expected a first message')
    expect(await history?.since(first)).toEqual({ recovered: true, messages: rest })
    expect(await history?.since({ ...first, epoch: '0000000001ffffff' })).toEqual({
      recovered: false,
      reason: 'epoch',
      messages: [],
    })
    await expect(history?.last(-1)).rejects.toThrow(TypeError)
    expect(there.here.hub.room('plain').history).toBeUndefined()
  })
})

function readable(message: unknown): unknown {
  return typeof message === 'string' && message.startsWith('{') ? JSON.parse(message) : message
}

test.each([
  [{ room: 1 }, 'invalid_payload'],
  [{ room: 'log', offset: -1, epoch: 'e' }, 'invalid_payload'],
  [{ room: 'log', offset: 1 }, 'invalid_payload'],
  [{ room: 'log', offset: 1.5, epoch: 'e' }, 'invalid_payload'],
  [{ room: 'log', last: 'all' }, 'invalid_payload'],
  [{ room: 'log', connection: 7 }, 'invalid_payload'],
  [null, 'invalid_payload'],
  [{ room: 'elsewhere' }, 'not_in_room'],
  [{ room: '__proto__' }, 'not_in_room'],
  [{ room: 'plain' }, 'no_history'],
])('hub:recover with %j is refused as %s', async (payload, code) => {
  const { client } = await house().visit({ rooms: ['log', 'plain'] })
  await expect(client.request('hub:recover', payload)).rejects.toMatchObject({ code })
})

test('more than may wait for one connection is too_far, and the last n are as many as fit', async () => {
  const here = house({ limits: { maxBufferedBytes: 3000 } })
  for (const n of emitted(1, 4)) here.hub.room('log').emit('n', `${n}${'x'.repeat(1000)}`)
  const guest = await here.visit({ rooms: ['log'] })
  expect(await recover(guest, EMPTY_POSITION)).toMatchObject({ recovered: false, reason: 'too_far' })
  expect(await recover(guest, { last: 4 })).toMatchObject({ recovered: true })
  expect((await upToMark(guest, here)).map((payload) => String(payload)[0])).toEqual(['3', '4'])
})

test('while the store is down messages go out without a position, and then the epoch is another', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  let down = false
  const { history } = broker
  if (!history) throw new Error('expected a history')
  const append: typeof history.append = async (...message) => {
    if (down) throw new Error('down')
    return history.append(...message)
  }
  const restart: typeof history.restart = async (...asked) => {
    if (down) throw new Error('down')
    return history.restart(...asked)
  }
  const since: typeof history.since = async (...asked) => history.since(...asked)
  const flaky = new Proxy(broker, {
    get: (target, key) => {
      if (key === 'history') return { append, since, restart }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const here = house({ broker: flaky })
  const there = house({ broker: network.broker() })
  const near = await here.visit({ rooms: ['log'] })
  const far = await there.visit({ rooms: ['log'] })
  await far.connection.join('log')
  here.hub.room('log').emit('n', 0)
  for (const { client } of [near, far]) await client.next()
  const before = await recover(near, {})
  down = true
  for (const n of [1, 2, 3]) here.hub.room('log').emit('n', n)
  for (const { client } of [near, far]) {
    for (const payload of [1, 2, 3]) expect(await client.next()).toEqual({ type: 'n', payload, room: 'log' })
  }
  expect(here.failures).toHaveLength(1)
  down = false
  here.hub.room('log').emit('n', 4)
  for (const { client } of [near, far]) {
    expect(await client.next()).toMatchObject({ payload: 4, offset: before.offset + 1 })
    const gap = (await client.next()) as { payload: Recovered }
    expect(gap).toMatchObject({ type: 'hub:gap', payload: { reason: 'epoch', offset: before.offset + 1 } })
    expect(gap.payload.epoch > before.epoch).toBe(true)
  }
  expect(await recover(far, before)).toMatchObject({ reason: 'epoch' })
})

test('a message that was kept after all, though its server gave up waiting, arrives once', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const { history } = broker
  if (!history) throw new Error('expected a history')
  const { held, release } = latch()
  const append: typeof history.append = async (...message) => {
    void held.then(() => history.append(...message))
    throw new Error('late')
  }
  const slow = new Proxy(broker, {
    get: (target, key) => {
      if (key === 'history') return { append, since: history.since.bind(broker), restart: history.restart.bind(broker) }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const here = house({ broker: slow })
  const there = house({ broker: network.broker() })
  const near = await here.visit({ rooms: ['log'] })
  const far = await there.visit({ rooms: ['log'] })
  await far.connection.join('log')
  await near.connection.join('log')
  here.hub.room('log').emit('n', 1)
  expect(await far.client.next()).toEqual({ type: 'n', payload: 1, room: 'log' })
  release()
  await until(async () => (await there.hub.room('log').history?.position())?.offset === 1)
  expect(await upToMark(near, here)).toEqual([1])
  expect(await upToMark(far, there)).toEqual([])
})

test('a broker that keeps nothing refuses rooms with history', () => {
  const bare = { connect() {}, subscribe() {}, unsubscribe() {}, publish() {}, close() {} }
  const here = new House({ broker: bare })
  expect(() => here.hub.createRoom('log', { history: {} })).toThrow(
    'The option history needs a broker that keeps one, and this one does not.',
  )
})

test.each([
  [{ history: 5 }, 'The option history must be an object, not 5.'],
  [{ history: { size: 0 } }, 'The option history.size must be a whole number from 1 to 2147483647 (messages), not 0.'],
  [{ history: { ttl: -1 } }, 'The option history.ttl must be a number from 1 to 2147483647 (ms), not -1.'],
  [{ presence: 1 }, 'The option presence must be true or false, not 1.'],
])('createRoom with %j throws', (options, message) => {
  const { hub } = new House()
  expect(() => hub.createRoom('a', options as never)).toThrow(message)
  expect(() => hub.createRoom(/a/, options as never)).toThrow(message)
})

test('a family is whoever matches, also with a pattern that remembers; a room of its own adds to it', async () => {
  const here = new House({ router: new Router() })
  here.hub.createRoom(/^doc:/g, { history: HISTORY, maxMembers: 2 })
  here.hub.createRoom('doc:1', { maxMembers: 1 })
  for (let n = 0; n < 4; n += 1) expect(here.hub.room('doc:2').history).toBeDefined()
  expect(here.hub.room('doc:1').history).toBeDefined()
  expect(here.hub.room('x doc:2').history).toBeUndefined()
  const guests = [await here.visit(), await here.visit(), await here.visit()]
  await guests[0]?.connection.join('doc:1')
  await expect(guests[1]?.connection.join('doc:1')).rejects.toMatchObject({ code: 'room_full' })
  await guests[0]?.connection.join('doc:2')
  await guests[1]?.connection.join('doc:2')
  await expect(guests[2]?.connection.join('doc:2')).rejects.toMatchObject({ code: 'room_full' })
})

test('where the history can not be read at the start, messages are delivered all the same, and nothing is held up', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const { history } = broker
  if (!history) throw new Error('expected a history')
  let reads = 0
  const since: typeof history.since = async (...asked) => {
    reads += 1
    if (reads === 1) throw new Error('down')
    return history.since(...asked)
  }
  const blind = new Proxy(broker, {
    get: (target, key) => {
      if (key === 'history')
        return { append: history.append.bind(broker), since, restart: history.restart.bind(broker) }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const here = house({ broker: blind })
  const { client } = await here.visit({ rooms: ['log'] })
  const room = here.hub.room('log')
  room.emit('n', 1)
  room.send('raw')
  expect(await client.next()).toEqual({ type: 'n', payload: 1, room: 'log' })
  expect(await client.next()).toBe('raw')
  expect(here.failures).toHaveLength(1)
})

test('what was emitted before the first member came does not hold up what is said afterwards', async () => {
  const { here } = two()
  const room = here.hub.room('log')
  room.emit('n', 1)
  const { client, connection } = await here.visit()
  const joined = connection.join('log')
  room.emit('n', 2)
  room.send('raw')
  expect(await client.next()).toMatchObject({ payload: 2 })
  expect(await client.next()).toBe('raw')
  await joined
})

test('what came before the question is not sent again', async () => {
  const { here } = alone()
  await here.visit({ rooms: ['log'] })
  for (const n of emitted(1, 2)) here.hub.room('log').emit('n', n)
  const late = await here.visit({ rooms: ['log'] })
  for (const n of emitted(3, 4)) here.hub.room('log').emit('n', n)
  expect(await recover(late, EMPTY_POSITION)).toMatchObject({ recovered: true, offset: 4 })
  expect(await upToMark(late, here)).toEqual([3, 4, 1, 2])
})

test('what is said while the store is read comes after what was missed, and after the answer', async () => {
  const network = new MemoryNetwork()
  const broker = network.broker()
  const { history } = broker
  if (!history) throw new Error('expected a history')
  const { held, release } = latch()
  let asked = false
  const since: typeof history.since = async (topic, from, window) => {
    if (typeof from === 'number') return history.since(topic, from, window)
    asked = true
    await held
    return history.since(topic, from, window)
  }
  const slow = new Proxy(broker, {
    get: (target, key) => {
      if (key === 'history')
        return { append: history.append.bind(broker), since, restart: history.restart.bind(broker) }
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const sender = house({ broker: network.broker() })
  const room = sender.hub.room('log')
  const start = await room.history?.position()
  for (const n of emitted(1, 2)) room.emit('n', n)
  await until(async () => (await room.history?.position())?.offset === 2)
  // Its own first read of what may have been missed waits for the same latch.
  const here = house({ broker: slow })
  const { client } = await here.visit({ rooms: ['log'] })
  client.send(JSON.stringify({ type: 'hub:recover', payload: { room: 'log', ...start }, id: 1 }))
  await until(() => asked)
  for (const n of emitted(3, 4)) room.emit('n', n)
  await until(async () => (await room.history?.position())?.offset === 4)
  release()
  const got: unknown[] = []
  for (let n = 0; n < 5; n += 1) {
    const { type, payload } = (await client.next()) as { type: string; payload: unknown }
    got.push(type === 'n' ? payload : type)
  }
  expect(got).toEqual([1, 2, 3, 4, 'reply'])
})
