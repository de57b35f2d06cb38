import { WebSocket } from 'ws'
import { Router } from '@wshub/core'
import * as machine from '../src/machine/index.js'
import { ClientServer } from './support/client-server.js'
import { Rig } from './support/rig.js'

// Events of which only the newest value counts.

describe('a volatile event of the server', () => {
  const price = { type: 'price', payload: 1, room: 'a', volatile: true }
  const delivered = [{ type: 'event', message: price }]
  let rig: Rig

  function enter(options: object = {}): void {
    rig = new Rig()
    rig.on(machine.open)
    rig.opened()
    rig.on((state) => machine.enter(state, 'a', options))
  }

  function join(): void {
    const position = { offset: 5, epoch: 'e', tag: 't' }
    rig.receive({ type: 'reply', id: rig.state.count, payload: { connection: 'c', recovered: true, ...position } })
  }

  test('a volatile event does not move the position of the room', () => {
    enter()
    join()
    expect(rig.receive(price)).toEqual(delivered)
    expect(rig.receive({ ...price, offset: 9, epoch: 'f', tag: 't' })).toHaveLength(1)
    expect(rig.state.rooms[0]?.position).toEqual({ offset: 5, epoch: 'e', tag: 't' })
  })

  test('volatile events do not wait for a join', () => {
    enter()
    for (let n = 0; n < 2000; n += 1) expect(rig.receive(price)).toEqual(delivered)
    join()
    expect(rig.state.rooms).toMatchObject([{ phase: 'joined', lost: undefined }])
  })

  test('a volatile event is dropped before the app has loaded its state, and after the client was removed', () => {
    enter({ load: true })
    expect(rig.receive(price)).toEqual([])
    join()
    expect(rig.receive(price)).toEqual([])
    expect(rig.state.rooms).toMatchObject([{ phase: 'loading', held: [] }])
    rig.receive({ type: 'hub:left', payload: { room: 'a', code: 'left' } })
    expect(rig.receive(price)).toEqual([])
  })
})

describe('a volatile event of the client', () => {
  let stage: ClientServer
  const router = new Router().handle('echo', ({ payload }) => payload)

  /** A socket whose `bufferedAmount` the test sets. */
  class Backlog extends WebSocket {
    static bytes = 0
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      Object.defineProperty(this, 'bufferedAmount', { get: () => Backlog.bytes })
    }
  }

  beforeEach(async () => {
    stage = await ClientServer.open({ router })
  })

  afterEach(async () => {
    await stage.close()
  })

  test('a volatile event is dropped without a connection, although the queue accepts events', async () => {
    const client = stage.client()
    expect(client.emit('echo', 1, { volatile: true, queue: true })).toBe(false)
    await client.ready
    expect(client.emit('echo', 1, { volatile: true })).toBe(true)
  })

  test('a volatile event is dropped while the socket has a backlog, and other events are not', async () => {
    const client = stage.client({ WebSocket: Backlog })
    await client.ready
    const sent = [0, 16_384, 16_385].map((bytes) => {
      Backlog.bytes = bytes
      return client.emit('echo', 1, { volatile: true })
    })
    expect([...sent, client.emit('echo', 1)]).toEqual([true, true, false, true])
  })
})
