import { createServer } from 'node:http'
import { attach, upgrade } from '@wshub/express'
import { Hub } from '@wshub/core'
import { redisBroker } from '@wshub/redis'
import express from 'express'
import WebSocket from 'ws'
import { Redis } from './scaling/redis.js'

// What one member who toggles costs: node bench/presence-toggle.js [members] [toggles per second]
// One user of a room changes what others see, on a hub alone and on one of two hubs over a Redis of its own.

const MEMBERS = Number(process.argv[2] ?? 1000)
const PER_SECOND = Number(process.argv[3] ?? 1000)
const SECONDS = 5
const ROOM = 'presence'

async function hubOn(redis) {
  const hub = new Hub({ broker: redis && redisBroker({ url: redis.url }), onError: console.error })
  hub.createRoom(ROOM, { presence: true })
  await hub.ready
  let next = 0
  const app = express()
  const identity = () => ({
    user: `user-${process.hrtime.bigint()}-${(next += 1)}`,
    rooms: [ROOM],
    presence: { status: 'here' },
  })
  app.get('/ws', upgrade(hub, identity))
  const server = createServer(app)
  attach(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { hub, server, url: `ws://127.0.0.1:${server.address().port}/ws` }
}

/** Connects members, and counts the messages that they get. */
async function fill({ url }, members, counted) {
  const sockets = []
  for (let n = 0; n < members; n += 1) {
    const socket = new WebSocket(url)
    socket.on('message', () => (counted.messages += 1))
    await new Promise((resolve) => socket.once('open', resolve))
    sockets.push(socket)
  }
  return sockets
}

async function measure(title, servers) {
  const counted = { messages: 0 }
  const sockets = []
  for (const one of servers) sockets.push(...(await fill(one, MEMBERS / servers.length, counted)))
  await new Promise((resolve) => setTimeout(resolve, 2000))
  counted.messages = 0
  const [member] = servers[0].hub.room(ROOM).members()
  const [before, begun] = [process.cpuUsage(), performance.now()]
  let toggles = 0
  while (performance.now() - begun < SECONDS * 1000) {
    const due = ((performance.now() - begun) * PER_SECOND) / 1000
    for (; toggles < due; toggles += 1) member.setPresence({ status: toggles % 2 === 0 ? 'away' : 'here', toggles })
    await new Promise((resolve) => setImmediate(resolve))
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
  const { user, system } = process.cpuUsage(before)
  const perMember = counted.messages / MEMBERS
  const cpu = (user + system) / 1000
  console.log(
    `${title.padEnd(28)} ${toggles} toggles in ${SECONDS} s: ${perMember.toFixed(1)} messages to each of ${MEMBERS} members, ` +
      `CPU ${(cpu / SECONDS).toFixed(0)} ms a second with the clients`,
  )
  for (const socket of sockets) socket.terminate()
  for (const { hub, server } of servers) {
    server.close()
    await hub.close({ within: 2000 })
  }
}

await measure('one hub', [await hubOn()])
const redis = await Redis.start()
await measure('two hubs over Redis', [await hubOn(redis), await hubOn(redis)])
await redis.stop()
