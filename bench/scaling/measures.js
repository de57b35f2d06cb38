import { setTimeout as sleep } from 'node:timers/promises'
import { fit, median } from '../lib/statistics.js'
import { sizes } from './bytes.js'
import { Listeners, publishAtOnce } from './listeners.js'

/** Servers that listen to a topic. */
const LISTENERS = [0, 1, 3, 10, 30]
/** Messages in one turn of the sender’s event loop, and how many are sent in all. */
const BUNCHES = { alone: { bunch: 1, count: 1500 }, bunched: { bunch: 50, count: 10_000 } }
const SIZES = [64, 1024]
const [SENDER, RECEIVER] = [0, 1]

/** CPU and bytes of a broadcast: for Redis, for the server that sends it and for one that gets it. */
export async function measureBroadcasts(cluster, { rounds, progress }) {
  const found = []
  for (const history of [false, true]) {
    for (const size of SIZES) {
      for (const [pace, { bunch, count }] of Object.entries(BUNCHES)) {
        progress(`${history ? 'a room that remembers' : 'a room'}, ${size} B, ${pace}`)
        const setting = { history, size, bunch, count, rounds }
        found.push({ history, size, pace, bunch, ...(await measureBroadcast(cluster, setting)) })
      }
    }
  }
  return found
}

async function measureBroadcast(cluster, { history, size, bunch, count, rounds }) {
  const room = `${history ? 'log' : 'room'}-x`
  const { channel } = sizes({ room, size })
  const send = { room, count, size: history ? size - '{"type":"said","payload":""}'.length : size, bunch }
  const points = []
  for (const listeners of LISTENERS) {
    const crowd = await Listeners.open(cluster.redis.port, { channel, count: listeners })
    const all = []
    for (let round = 0; round < rounds; round += 1) all.push(await broadcast(cluster, send))
    await crowd.close()
    const each = (what) => [what, median(all.map((one) => one[what]))]
    points.push({ listeners, ...Object.fromEntries(Object.keys(all[0]).map(each)) })
  }
  const line = (what) => fit(points.map((point) => ({ x: point.listeners, y: point[what] })))
  const receiver = await measureReceiver(cluster, { room, send, rounds })
  // Who listens is nothing to the sender.
  const sender = median(points.map((point) => point.sender))
  return { points, redis: line('redis'), bytesIn: points[0].bytesIn, bytesOut: line('bytesOut'), sender, receiver }
}

/** One round. @returns per message: microseconds of Redis and of the sender, bytes, commands */
async function broadcast(cluster, send) {
  const before = performance.now()
  const { result, cpu, bytesIn, bytesOut, calls } = await cluster.redis.during(() =>
    cluster.servers[SENDER].ask('publish', send),
  )
  const own = cpu - cluster.idle * (performance.now() - before)
  const commands = Object.values(calls).reduce((sum, number) => sum + number, 0)
  const each = (value) => value / send.count
  return {
    redis: each(own),
    sender: each(result.cpu),
    bytesIn: each(bytesIn),
    bytesOut: each(bytesOut),
    commands: each(commands),
  }
}

/** What a server takes for a message that comes to it, none of its members being meant: those cost what a delivery costs. */
async function measureReceiver(cluster, { room, send, rounds }) {
  const receiver = cluster.servers[RECEIVER]
  const received = []
  await receiver.ask('subscribe', { rooms: [room] })
  for (let round = 0; round < rounds; round += 1) {
    const [{ cpu: before }, { received: had }] = [await receiver.ask('cpu'), await receiver.ask('counts')]
    await cluster.servers[SENDER].ask('publish', send)
    while ((await receiver.ask('counts')).received < had + send.count) await sleep(5)
    received.push(((await receiver.ask('cpu')).cpu - before) / send.count)
  }
  await receiver.ask('unsubscribe', { rooms: [room] })
  return median(received)
}

const PUBLISHERS = 40

/** CPU of Redis for a broadcast while many servers publish, each waiting for its answer before its next one. */
export async function measureCrowded({ redis }, { rounds }) {
  const found = []
  for (const size of SIZES) {
    const { channel, sealed } = sizes({ room: 'room-x', size })
    const points = []
    for (const listeners of LISTENERS) {
      const crowd = await Listeners.open(redis.port, { channel, count: listeners })
      const all = []
      for (let round = 0; round < rounds; round += 1) {
        const load = { channel, bytes: sealed, publishers: PUBLISHERS, count: 10_000 }
        const { cpu } = await redis.during(() => publishAtOnce(redis.port, load))
        all.push(cpu / load.count)
      }
      await crowd.close()
      points.push({ listeners, redis: median(all) })
    }
    found.push({
      size,
      publishers: PUBLISHERS,
      points,
      redis: fit(points.map((p) => ({ x: p.listeners, y: p.redis }))),
    })
  }
  return found
}

/** What Redis takes when nobody asks for anything, in microseconds of CPU per millisecond. */
export async function measureIdle(cluster) {
  const { cpu } = await cluster.redis.during(() => sleep(2000))
  return cpu / 2000
}

/** Everything runs once before it counts. */
export async function warmUp(cluster) {
  await cluster.redis.calibrate()
  for (const room of ['room-warm', 'log-warm']) {
    await cluster.ask('subscribe', { rooms: [room] })
    for (const server of cluster.servers) await server.ask('publish', { room, count: 5000, size: 64, bunch: 5 })
    await cluster.ask('unsubscribe', { rooms: [room] })
  }
}

const MANY = 20_000

/** Memory and CPU of topics: the first server that listens to each, and one more. */
export async function measureTopics({ redis, servers: [first, second] }) {
  const rooms = Array.from({ length: MANY }, (_, index) => `room-${String(index).padStart(8, '0')}`)
  const { heap: before } = await first.ask('memory')
  const one = await redis.during(() => first.ask('subscribe', { rooms }))
  const { heap: after } = await first.ask('memory')
  const more = await redis.during(() => second.ask('subscribe', { rooms }))
  await Promise.all([first, second].map((server) => server.ask('unsubscribe', { rooms })))
  return {
    count: MANY,
    channelLength: sizes({ room: rooms[0], size: 0 }).channel.length,
    redisBytes: one.memory / MANY,
    redisBytesMore: more.memory / MANY,
    redis: one.cpu / MANY,
    serverBytes: (after - before) / MANY,
    commands: one.calls,
  }
}

/** Memory and CPU of people: each with a topic of their own, or all in one room. */
export async function measurePeople({ redis, servers: [server] }) {
  const own = await redis.during(() => server.ask('people', { from: 0, count: MANY }))
  const inRoom = await redis.during(() =>
    server.ask('people', { from: 0, count: MANY, topic: 'scaling/room/presence-x' }),
  )
  const each = ({ memory, cpu, bytesIn, calls }) => ({
    redisBytes: memory / MANY,
    redis: cpu / MANY,
    bytesIn: bytesIn / MANY,
    commands: calls,
  })
  return { count: MANY, own: each(own), inRoom: each(inRoom) }
}

const STREAMS = { rooms: 200, size: 100 }

/** Memory of what rooms remember, per message of 64 bytes. */
export async function measureStreams({ redis, servers: [server] }) {
  const { rooms, size } = STREAMS
  const { memory } = await redis.during(async () => {
    for (let n = 0; n < rooms; n += 1)
      await server.ask('publish', { room: `log-${n}`, count: size, size: 64, bunch: 50 })
  })
  return { ...STREAMS, redisBytes: memory / rooms / size }
}

/** Longer than changes are collected for. */
const REST = 200

/** A crowd that joins a room that tells who comes, and leaves it: so many in one turn. */
export async function measureCrowds(cluster, { rounds }) {
  const { redis, servers } = cluster
  // Nobody at all shows what asking Redis costs after a rest.
  const sizesOfCrowds = [0, 1, 10, 100, 500]
  const most = Math.max(...sizesOfCrowds)
  for (let index = 0; index < most; index += 1) await cluster.member(SENDER, { user: `peer-${index}` })
  const found = []
  for (const count of sizesOfCrowds) {
    const joins = []
    const leaves = []
    for (let round = 0; round < rounds; round += 1) {
      for (const join of [true, false]) {
        await sleep(REST)
        const crowd = await redis.during(() => servers[SENDER].ask('crowd', { room: 'presence-crowd', join, count }))
        ;(join ? joins : leaves).push(crowd)
      }
    }
    found.push({ count, join: middle(joins), leave: middle(leaves) })
  }
  const [{ join: nothing }, ...real] = found
  const less = (one) => ({ ...one, redis: one.redis - nothing.redis })
  return real.map(({ count, join, leave }) => ({ count, join: less(join), leave: less(leave) }))
}

function middle(all) {
  return { redis: median(all.map(({ cpu }) => cpu)), calls: all[0].calls }
}

/** Renewing the lease: what every server does every two seconds. */
export async function measureLease({ redis, servers: [server] }) {
  const count = 500
  const { cpu, calls, bytesIn } = await redis.during(() => server.ask('renew', { count }))
  return { redis: cpu / count, bytesIn: bytesIn / count, commands: calls }
}
