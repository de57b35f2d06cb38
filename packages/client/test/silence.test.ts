import * as machine from '../src/machine/index.js'
import { Rig } from './support/rig.js'

// Servers that do not answer, and clocks that jump, tested with the machine alone.

const DAY = 86_400_000

let rig: Rig

beforeEach(() => {
  rig = new Rig()
  rig.on(machine.open)
})

/** A request of the app. */
function say(timeout: number): number {
  const draft = { kind: 'user', body: '{"type":"say"', bytes: 20, timeout, retry: false } as const
  let id = 0
  rig.on((state) => (id = machine.request(state, draft)))
  return id
}

/** Answers a ping. */
function pong(): void {
  rig.receive({ type: 'reply', id: 0 })
}

describe('a server that never answers', () => {
  test('a client is ready after ten seconds although its greeting is not answered', () => {
    rig.on((state) => machine.opened(state, 1, true))
    rig.pass(9999)
    expect(rig.state.phase).toBe('greeting')
    rig.pass(1)
    expect(rig.state.phase).toBe('ready')
  })

  test('a join that is not answered is tried again', () => {
    rig.opened()
    rig.on((state) => machine.enter(state, 'a', {}))
    rig.pass(24_000)
    pong()
    rig.pass(6000)
    expect(rig.state.rooms).toMatchObject([{ phase: 'idle', failures: 1 }])
    rig.pass(1000)
    expect(rig.state.rooms).toMatchObject([{ phase: 'joining' }])
  })

  test('a ping that is not answered ends the connection after ten seconds', () => {
    rig.opened({ pingInterval: 20_000 })
    expect(rig.pass(25_000)).toEqual([{ type: 'send', text: '{"type":"hub:ping","id":0}' }])
    expect(rig.pass(9999)).toEqual([])
    expect(rig.pass(1)).toContainEqual({ type: 'close', socket: 1, code: 1000, reason: '' })
    expect(rig.state.phase).toBe('waiting')
  })

  test('a handshake that is not answered is given up after ten seconds', () => {
    rig.pass(9999)
    expect(rig.state.phase).toBe('opening')
    rig.pass(1)
    expect(rig.state.phase).toBe('waiting')
  })

  test('a token that never comes is given up after ten seconds, and a late one is ignored', () => {
    rig = new Rig({ token: true })
    rig.on(machine.open)
    rig.pass(10_000)
    expect(rig.state.phase).toBe('waiting')
    expect(rig.on((state) => machine.tokenReady(state, 1, 'late'))).toEqual([])
  })

  test('a socket that does not close delays the next one by a second', () => {
    rig.opened()
    rig.on((state) => machine.close(state, { code: 1000, reason: '' }))
    rig.on(machine.open)
    expect(rig.pass(999)).toEqual([])
    expect(rig.pass(1)).toMatchObject([{ type: 'open', socket: 2 }])
  })
})

describe('a server with extreme values', () => {
  test('a client refreshes at most once in five seconds, although each authorisation expires at once', () => {
    rig = new Rig({ token: true })
    rig.on(machine.open)
    rig.on((state) => machine.tokenReady(state, 1, 't'))
    rig.opened({ expiresIn: 0 })
    let refreshes = 0
    for (let second = 0; second < 20; second += 1) {
      for (const { type } of rig.pass(1000)) {
        if (type !== 'refresh') continue
        refreshes += 1
        rig.on((state) => machine.refreshed(state, 1, { expiresIn: 0 }))
      }
    }
    expect(refreshes).toBeLessThanOrEqual(5)
  })

  test('a client waits at most an hour although the server names a retry time of eleven days', () => {
    rig.opened()
    rig.closed(1001, 'retry=999999999')
    expect(rig.pass(3_599_999)).toEqual([])
    expect(rig.pass(1)).toMatchObject([{ type: 'open' }])
  })

  test('open() ends the wait for the retry time of the server', () => {
    rig.opened()
    rig.closed(1001, 'retry=60000')
    expect(rig.on(machine.open)).toMatchObject([{ type: 'open' }])
  })

  test('a close reason of a megabyte is parsed at once', () => {
    rig.opened()
    rig.closed(1001, `${' retry='.repeat(150_000)}retry=250`)
    expect(rig.state).toMatchObject({ phase: 'waiting', hinted: false })
  })
})

describe('a clock that jumps a day', () => {
  beforeEach(() => {
    rig.opened({ pingInterval: 20_000 })
  })

  test('a connection is pinged after a clock jump, and stays open if it answers', () => {
    rig.now += DAY
    expect(rig.on(machine.tick)).toEqual([{ type: 'send', text: '{"type":"hub:ping","id":0}' }])
    pong()
    rig.pass(1000)
    expect(rig.state).toMatchObject({ phase: 'ready', serial: 1 })
  })

  test('a clock jump during a ping extends its timeout once', () => {
    rig.pass(25_000)
    rig.now += DAY
    rig.on(machine.tick)
    expect(rig.state).toMatchObject({ phase: 'ready', pinging: true })
    rig.pass(10_000)
    expect(rig.state.phase).toBe('waiting')
  })

  test('a pending request times out once after a clock jump', () => {
    const id = say(10_000)
    rig.now += DAY
    const settled = rig.on(machine.tick).filter(({ type }) => type === 'settle')
    expect(settled).toEqual([
      { type: 'settle', id, fault: { code: 'timeout', message: 'timeout' }, payload: undefined },
    ])
  })

  test('a client that waits to reconnect tries once after a clock jump', () => {
    rig.closed()
    rig.now += DAY
    expect(rig.on(machine.tick)).toMatchObject([{ type: 'open', socket: 2 }])
    expect(rig.on(machine.tick)).toEqual([])
  })
})
