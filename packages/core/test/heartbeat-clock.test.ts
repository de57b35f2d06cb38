import { driveClock, P, Peer, T, TICK, newHeartbeat, addPeers, longestGap, pass, world } from './heartbeat-peers.js'

// The heartbeat has deadlines. The test drives the clock, so that hours pass at once and to the millisecond.

driveClock()

describe('a silent peer', () => {
  test.each([
    [1000, 400],
    [20_000, 10_000],
    [100, 1000],
    [64, 10],
    [10, 10],
  ])('a silent peer is lost within %i + %i ms, whenever it came', (pingInterval, pongTimeout) => {
    const beat = newHeartbeat({ pingInterval, pongTimeout })
    addPeers(beat, 1)
    for (let n = 0; n < 20; n += 1) {
      pass(7 + n)
      const cameAt = world.clock
      const peer = new Peer(beat)
      pass(pingInterval + pongTimeout + TICK)
      expect(peer.pings).toHaveLength(1)
      const [asked = 0] = peer.pings
      expect((peer.lostAt ?? 0) - asked).toBeGreaterThanOrEqual(pongTimeout)
      expect((peer.lostAt ?? Infinity) - cameAt).toBeLessThanOrEqual(pingInterval + pongTimeout)
    }
    expect(beat.size).toBe(1)
  })

  test('a silent peer that has answered before is lost within the same time, whenever it stops answering', () => {
    const beat = newHeartbeat()
    for (let n = 0; n < 40; n += 1) {
      const peer = new Peer(beat, 30)
      pass(3 * P + 27 * n)
      expect(peer.lostAt).toBeUndefined()
      peer.answersIn = undefined
      const heardAt = world.clock
      pass(P + T)
      expect(peer.lostAt).toBeLessThanOrEqual(heardAt + P + T)
    }
  })

  test('a silent peer is lost in time at whatever moment of a round its last message came', () => {
    const beat = newHeartbeat()
    for (let n = 0; n < P; n += 1) void new Peer(beat)
    const heardAt = world.clock
    let next = 0
    pass(P - 1, () => world.peers[next++]?.line.messageReceived(beat.now()))
    pass(P + T)
    const waits = world.peers.slice(0, next).map(({ lostAt = Infinity }, index) => lostAt - (heardAt + 1 + index))
    expect(Math.max(...waits)).toBeLessThanOrEqual(P + T)
  })

  test('a silent peer is the only one that is disconnected', () => {
    const beat = newHeartbeat()
    for (let n = 0; n < 100; n += 1) void new Peer(beat, n % 10 === 3 ? undefined : 5)
    pass(10 * P)
    expect(world.peers.flatMap(({ lostAt }, n) => (lostAt === undefined ? [] : [n % 10]))).toEqual(Array(10).fill(3))
    expect(beat.size).toBe(90)
  })
})

describe('a healthy peer', () => {
  test.each([0, 50, T - TICK])(
    'a healthy peer that answers after %i ms is kept, and pinged once an interval',
    (answersIn) => {
      const beat = newHeartbeat()
      const peer = new Peer(beat, answersIn)
      pass(20 * P)
      expect(peer.lostAt).toBeUndefined()
      expect(longestGap(peer.pings)).toBeLessThanOrEqual(P + answersIn + TICK)
      expect(peer.pings.length).toBeLessThanOrEqual(1.25 * 20)
      expect(peer.line.latency).toBe(answersIn === 0 ? 0 : answersIn)
    },
  )

  test.each([450, 250, 100, 20])(
    'a healthy peer is pinged once an interval, also if it is visited every %i ms',
    (visitEvery) => {
      const beat = newHeartbeat({ visitEvery })
      const peer = new Peer(beat, 5)
      pass(20 * P)
      expect(longestGap(peer.pings)).toBeLessThanOrEqual(P + 5 + TICK)
      expect(peer.pings.length).toBeLessThanOrEqual(1.25 * 20)
    },
  )

  test('a healthy peer that sends messages is not pinged', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    pass(20 * P, () => {
      if (world.clock % 250 === 0) peer.line.messageReceived(beat.now())
    })
    expect(peer.pings).toEqual([])
  })

  test('a healthy peer whose pongs take longer than the ping interval is kept', () => {
    const beat = newHeartbeat({ pingInterval: 100, pongTimeout: 1000 })
    for (let answersIn = 20; answersIn < 300; answersIn += 7) void new Peer(beat, answersIn)
    pass(10_000)
    expect(world.peers.filter(({ lostAt }) => lostAt !== undefined)).toEqual([])
    expect(Math.min(...world.peers.map(({ pings }) => pings.length))).toBeGreaterThan(20)
  })

  test('a healthy peer that sends messages instead of a pong is kept, and pinged again only once it is silent', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    pass(10)
    peer.line.messageReceived(beat.now())
    pass(T)
    expect(peer.lostAt).toBeUndefined()
    expect(peer.pings).toHaveLength(1)
    pass(P)
    expect(peer.lostAt).toBeDefined()
  })

  test('a healthy peer whose message is incomplete is pinged again, and lost once no bytes arrive', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    pass(10 * P, () => {
      if (world.clock % 100 === 0) peer.bytesRead += 10
    })
    expect(peer.lostAt).toBeUndefined()
    expect(longestGap(peer.pings)).toBeLessThanOrEqual(T + TICK)
    pass(2 * T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('a healthy peer that still reads what was sent before the ping is kept, and lost once it reads no more', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    peer.writableLength = 1_000_000
    pass(10 * P, () => {
      if (world.clock % 100 === 0) peer.bytesSent += 1000
    })
    expect(peer.lostAt).toBeUndefined()
    pass(2 * T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('a silent peer without a backlog is lost although messages are sent to it', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    pass(P + T + TICK, () => (peer.bytesSent += 1000))
    expect(peer.lostAt).toBeDefined()
  })

  test('a silent peer is lost although it gets data after the ping', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    while (peer.pings.length === 0) pass(1)
    peer.writableLength = 10
    pass(T + TICK)
    expect(peer.lostAt).toBeDefined()
  })

  test('a healthy peer that reads the rest of its backlog while a ping waits is kept', () => {
    const beat = newHeartbeat()
    const peer = new Peer(beat)
    peer.writableLength = 10
    while (peer.pings.length === 0) pass(1)
    peer.writableLength = 0
    pass(T + TICK)
    expect(peer.lostAt).toBeUndefined()
    pass(T + TICK)
    expect(peer.lostAt).toBeDefined()
  })
})
