import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { redisBroker } from '@wshub/redis'
import express from 'express'
import { changedDigest } from '../../packages/core/dist/presence/presence-digest.js'
import { Counted } from './counted.js'

/*
 * One of several servers: members of rooms, and a line to whoever started it. Everything is at its defaults but for what
 * a measurement is about.
 */

const { url, ...settings } = JSON.parse(process.argv[2])
const broker = new Counted(redisBroker({ url }, settings))
const hub = new Hub({
  name: 'scaling',
  broker,
  // `<room> <anything>` goes to everybody in the room.
  onMessage: (_, text) => say(text.slice(0, text.indexOf(' ')), text),
  onError(error) {
    console.error(error)
    process.exit(1)
  },
})
hub.createRoom(/^log/, { history: { size: 100, ttl: 60_000 } })
hub.createRoom(/^presence/, { presence: true })

const app = express()
// `-` stands for nobody in particular and for no room.
const given = (text) => (text === '-' ? [] : text.split(','))
app.get(
  '/ws/:user/:rooms',
  upgrade(hub, ({ params: { user, rooms } }) => {
    const [name] = given(user)
    return { rooms: given(rooms), ...(name && { user: name }) }
  }),
)
const server = createServer(app)
attach(server)

function say(room, text) {
  if (room.startsWith('log')) hub.room(room).emit('said', text)
  else hub.room(room).send(text)
}

const ANSWERS = {
  counts() {
    const { received, published, topics } = broker
    return { received, published, topics: topics.size }
  },
  async settle() {
    await broker.settled()
  },
  finish() {
    hub.send('finish')
  },
  /** Publishes messages, `bunch` in each turn, and waits for Redis before the next. */
  async publish({ room, count, size, bunch }) {
    const text = `${room} ${'x'.repeat(size)}`.slice(0, size)
    const before = process.cpuUsage()
    for (let sent = 0; sent < count; sent += bunch) {
      for (let at = 0; at < bunch; at += 1) say(room, text)
      await broker.settled()
    }
    return { cpu: total(process.cpuUsage(before)) }
  },
  cpu() {
    return { cpu: total(process.cpuUsage()) }
  },
  memory() {
    for (let round = 0; round < 3; round += 1) globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    return { heap: heapUsed + external }
  },
  /** Listens to topics as a server with members in so many rooms does. */
  async subscribe({ rooms }) {
    await Promise.all(rooms.map((name) => broker.subscribe(`scaling/room/${name}`)))
  },
  async unsubscribe({ rooms }) {
    await Promise.all(rooms.map((name) => broker.unsubscribe(`scaling/room/${name}`)))
  },
  /** People come: what a hub asks of its broker for each of them. */
  async people({ from, count, topic }) {
    await opened
    const members = Array.from({ length: count }, (_, index) => ({
      user: `user-${from + index}`,
      connection: String(from + index).padStart(20, '0'),
      age: 0,
    }))
    let digest = ''
    const enter = (add, place) => {
      const base = topic === undefined ? '' : digest
      digest = changedDigest(base, add)
      return broker.presence.sync(place, { lease: LEASE, base, digest, add, remove: [], notify: false })
    }
    // As many at once as commands may wait.
    for (let at = 0; at < count; at += 1000) {
      const some = members.slice(at, at + 1000)
      if (topic !== undefined) await enter(some, topic)
      else await Promise.all(some.map((member) => enter([member], `scaling/user/${member.user}`)))
    }
  },
  /** Everybody joins a room or leaves it, in one turn. */
  async crowd({ room, join, count }) {
    const all = [...hub.connections.values()].slice(0, count)
    for (const one of all) {
      if (join) void one.join(room)
      else one.leave(room)
    }
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    await broker.settled()
  },
  async renew({ count }) {
    await opened
    for (let n = 0; n < count; n += 1) await broker.presence.renew(LEASE)
  },
}

/** A lease of the measurement, beside that of the hub. */
const LEASE = 'measuredmeasured'

function total({ user, system }) {
  return user + system
}

async function respond({ id, question, ...details }) {
  try {
    process.send({ id, answer: await ANSWERS[question](details) })
  } catch (error) {
    process.send({ id, failure: error.stack })
  }
}

process.on('message', (asked) => void respond(asked))
process.on('disconnect', () => process.exit())

await hub.ready
const opened = broker.presence?.open(LEASE)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }))
