import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { attach, upgrade } from '@wshub/express'
import { Hub } from '@wshub/core'
import { redisBroker } from '@wshub/redis'
import express from 'express'
import WebSocket from 'ws'
import { Redis } from './scaling/redis.js'

// How long listing a presence room holds the event loop: node bench/presence-list.js [members]
// A hub on an empty server lists a room whose members are on another one, over a Redis of its own.

const MEMBERS = Number(process.argv[2] ?? 50_000)
const ROOM = 'presence'

/** CPU of this process, ms: the clock on the wall counts what other processes do, too. */
function cpuTime() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Runs some work and measures the longest turn of the event loop in ms of CPU. */
async function held(work) {
  const begun = performance.now()
  const before = cpuTime()
  let [longest, last, running] = [0, before, true]
  const tick = () => {
    const now = cpuTime()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(tick)
  }
  setImmediate(tick)
  const value = await work()
  await new Promise((resolve) => setImmediate(resolve))
  running = false
  return { value, longest, took: performance.now() - begun, cpu: cpuTime() - before }
}

function hubOn(url) {
  const hub = new Hub({ name: 'bench', broker: url && redisBroker({ url }), onError: console.error })
  hub.createRoom(ROOM, { presence: true })
  return hub
}

/** Enters users as another server does, a thousand at a time. */
async function fill(broker) {
  const lease = randomBytes(12).toString('base64url')
  await broker.presence.open(lease)
  for (let at = 0; at < MEMBERS; at += 1000) {
    const add = Array.from({ length: Math.min(1000, MEMBERS - at) }, (_, n) => ({
      user: `user-${at + n}@example.com`,
      connection: randomBytes(15).toString('base64url'),
      age: 0,
    }))
    const [base, digest] = [at === 0 ? '' : `${at}.x`, `${at + add.length}.x`]
    await broker.presence.sync(`bench/room/${ROOM}`, { lease, base, digest, add, remove: [], notify: false })
  }
  return setInterval(() => void broker.presence.renew(lease), 1000)
}

async function visit(hub) {
  const app = express()
  app.get(
    '/ws',
    upgrade(hub, () => ({ user: 'newcomer', rooms: [ROOM] })),
  )
  const server = createServer(app)
  attach(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/ws`)
  await new Promise((resolve) => socket.once('message', resolve))
  return () => {
    socket.terminate()
    server.close()
  }
}

function row(title, { longest, took, cpu }) {
  console.log(`${title.padEnd(44)} held ${longest.toFixed(1)} ms, took ${took.toFixed(0)} ms, CPU ${cpu.toFixed(0)} ms`)
}

const redis = await Redis.start()
const other = redisBroker({ url: redis.url })
await other.connect(() => {}, { failed: console.error, discarded() {}, restored() {}, restarted() {}, presence() {} })
const renewal = await fill(other)
const hub = hubOn(redis.url)
await hub.ready
let leave
row(`the first member joins ${MEMBERS} others`, await held(async () => (leave = await visit(hub))))
for (let n = 0; n < 3; n += 1) {
  const result = await held(() => hub.room(ROOM).presence())
  if (result.value.length !== MEMBERS + 1) throw new Error(`listed ${result.value.length}`)
  row('room.presence()', result)
}
leave()
clearInterval(renewal)
await hub.close({ within: 100 })
await other.close()
await redis.stop()
