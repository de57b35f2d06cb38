import * as machine from '../src/machine/index.js'
import { Rig } from './support/rig.js'

// The machine alone, without sockets and timers.

let rig: Rig

beforeEach(() => {
  rig = new Rig()
  rig.on(machine.open)
})

describe('a refresh', () => {
  const refresh = { type: 'refresh', socket: 1 }

  beforeEach(() => {
    rig = new Rig({ token: true })
    rig.on(machine.open)
    rig.on((state) => machine.tokenReady(state, 1, 't'))
  })

  test('a refresh comes before the connection expires, and again before the new expiry', () => {
    rig.opened({ expiresIn: 10_000 })
    expect(rig.pass(7499)).toEqual([])
    expect(rig.pass(1)).toEqual([refresh])
    rig.on((state) => machine.refreshed(state, 1, { expiresIn: 20_000 }))
    expect(rig.pass(14_999)).toEqual([])
    expect(rig.pass(1)).toEqual([refresh])
    rig.on((state) => machine.refreshed(state, 1, {}))
    expect(rig.pass(20_000)).not.toContainEqual(refresh)
  })

  test('a refresh that has failed is tried again after ten seconds', () => {
    rig.opened({ expiresIn: 4000 })
    rig.pass(3000)
    rig.on((state) => machine.refreshFailed(state, 1))
    expect(rig.pass(9999)).toEqual([])
    expect(rig.pass(1)).toContainEqual(refresh)
  })

  test('a refresh that is due before the connection is ready is sent once, and leaves no timer that fires at once', () => {
    rig.on((state) => machine.enter(state, 'a', {}))
    rig.opened({ expiresIn: 1000 })
    expect(rig.state.phase).toBe('greeting')
    expect(rig.pass(1000)).toEqual([refresh])
    expect(machine.nextDue(rig.state)).toBeGreaterThan(rig.now)
  })

  test('a connection that is lost is not refreshed', () => {
    rig.opened({ expiresIn: 10_000 })
    rig.closed()
    rig.on((state) => machine.refreshed(state, 1, { expiresIn: 1000 }))
    rig.on((state) => machine.refreshFailed(state, 1))
    expect(rig.pass(60_000).filter(({ type }) => type === 'refresh')).toEqual([])
  })

  test('a refresh of the former connection changes nothing on the present one', () => {
    rig.opened({ expiresIn: 10_000 })
    rig.closed()
    rig.due()
    rig.on((state) => machine.tokenReady(state, 2, 't'))
    rig.opened({ expiresIn: 1_000_000 })
    const due = rig.state.refreshAt
    rig.on((state) => machine.refreshed(state, 1, { expiresIn: 1000 }))
    rig.on((state) => machine.refreshFailed(state, 1))
    rig.on((state) => machine.loggedOut(state, 1))
    expect(rig.state).toMatchObject({ phase: 'ready', current: 2, refreshAt: due })
  })
})

describe('the backoff', () => {
  test('a page that sleeps after a stable connection forgets its earlier failures', () => {
    for (let n = 0; n < 3; n += 1) {
      rig.closed()
      rig.due()
    }
    rig.opened()
    rig.pass(10_000)
    rig.on(machine.sleep)
    expect(rig.state).toMatchObject({ phase: 'waiting', asleep: true, failures: 0 })
  })

  test('a page that sleeps soon after a failure keeps its failures', () => {
    rig.closed()
    rig.due()
    rig.opened()
    rig.on(machine.sleep)
    expect(rig.state.failures).toBe(1)
  })
})

/** Joins a room and leaves it. @returns the id of the leave */
function leave(): number {
  rig.opened()
  rig.on((state) => machine.enter(state, 'a', {}))
  rig.receive({ type: 'reply', id: rig.state.count, payload: {} })
  rig.on((state) => machine.exit(state, 'a'))
  return rig.state.requests.find(({ kind }) => kind === 'leave')?.id ?? -1
}

describe('a room', () => {
  beforeEach(() => {
    rig.opened()
    rig.on((state) => machine.enter(state, 'a', {}))
    const presence = { seq: 3, entries: [{ user: 'ada' }] }
    rig.receive({ type: 'reply', id: rig.state.count, payload: { connection: 'c', presence } })
  })

  test('a presence change that the list already contains calls no listener', () => {
    const change = { type: 'hub:presence', payload: { room: 'a', seq: 3, joined: ['ada'], left: [] } }
    expect(rig.receive(change)).toEqual([])
    expect(rig.receive({ ...change, payload: { ...change.payload, seq: 4 } })).toMatchObject([{ change: 'presence' }])
  })

  test('a presence change that was missed while the app loads its state is fetched by another join after the load', () => {
    rig.on((state) => machine.enter(state, 'b', { load: true }))
    rig.receive({ type: 'reply', id: rig.state.count, payload: { presence: { seq: 1, entries: [{ user: 'ada' }] } } })
    rig.receive({ type: 'hub:presence', payload: { room: 'b', seq: 3, joined: [{ user: 'bob' }], left: [] } })
    const [, room] = rig.state.rooms
    expect(room).toMatchObject({ phase: 'loading', presence: { entries: [{ user: 'ada' }] } })
    rig.on((state) => machine.loaded(state, 'b', { load: room?.load ?? 0, position: undefined }))
    expect(room).toMatchObject({ phase: 'joining' })
    rig.receive({ type: 'reply', id: rig.state.count, payload: { presence: { seq: 3, entries: [{ user: 'bob' }] } } })
    expect(room).toMatchObject({ phase: 'joined', presence: { entries: [{ user: 'bob' }], count: 1 } })
  })

  test('a presence change that arrives before the answer to a join and is older than the list in it is ignored', () => {
    rig.on((state) => machine.enter(state, 'b', {}))
    for (const news of [
      { seq: 1, count: 600 },
      { seq: 2, reset: true, entries: [] },
    ])
      rig.receive({ type: 'hub:presence', payload: { room: 'b', ...news } })
    rig.receive({ type: 'reply', id: rig.state.count, payload: { presence: { seq: 2, entries: [{ user: 'bob' }] } } })
    expect(rig.state.rooms[1]).toMatchObject({ presence: { seq: 2, entries: [{ user: 'bob' }] } })
  })

  test('names are not applied to a list that is older than the last count: the client joins again for a new list', () => {
    rig.receive({ type: 'hub:presence', payload: { room: 'a', seq: 4, count: 501 } })
    expect(rig.state.rooms).toMatchObject([{ presence: { entries: [], count: 501 } }])
    rig.receive({ type: 'hub:presence', payload: { room: 'a', seq: 5, joined: [{ user: 'bob' }], left: [] } })
    expect(rig.state.rooms).toMatchObject([{ phase: 'joining' }])
  })

  test('a gap without a reason resets the room with the reason no_history', () => {
    const effects = rig.receive({ type: 'hub:gap', payload: { room: 'a' } })
    expect(effects).toEqual([{ type: 'room', room: 'a', change: 'reset', value: 'no_history' }])
  })
})

describe('a leave', () => {
  test('a leave that the server refuses for its rate ends the connection, because the server still sends messages of the room', () => {
    const id = leave()
    const effects = rig.receive({ type: 'error', id, payload: { code: 'rate_limited' } })
    expect(effects).toContainEqual({ type: 'close', socket: 1, code: 1000, reason: '' })
    expect(rig.state).toMatchObject({ phase: 'waiting', rooms: [] })
  })

  test('a leave of a room that the client is not in ends like any other leave', () => {
    const id = leave()
    rig.receive({ type: 'error', id, payload: { code: 'not_in_room' } })
    expect(rig.state).toMatchObject({ phase: 'ready', rooms: [] })
  })
})
