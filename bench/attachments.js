// What 1 KiB of bytes beside a caption costs as an event with bytes, and as base64 in JSON: bytes on the wire and CPU of the
// server for each of 1,000 members, and CPU of a client that reads one. Rounds of the two take turns, and the median counts.
// Usage: node bench/attachments.js [--rounds N] [--bytes N]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    bytes: { type: 'string', default: '1024' },
    port: { type: 'string' },
  },
})
const MEMBERS = 1000
const EMITS = 200
const READS = 200_000

if (values.port) readAll(Number(values.port))
else await main()

/** The members: they read and throw away. */
function readAll(port) {
  let open = 0
  for (let n = 0; n < MEMBERS; n += 1) {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    socket.once('data', () => {
      open += 1
      socket.resume()
      if (open === MEMBERS) process.send('open')
    })
  }
}

async function main() {
  const { default: express } = await import('express')
  const { Hub, Router } = await import('@wshub/core')
  const { attach, upgrade } = await import('@wshub/express')
  // The members send no pongs.
  const heartbeat = { pingInterval: 3_600_000 }
  const hub = new Hub({ router: new Router(), limits: { maxBufferedBytes: 64 * 1024 * 1024 }, heartbeat })
  const app = express().get(
    '/ws',
    upgrade(hub, () => ({ rooms: ['album'] })),
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  attach(server)
  await once(server, 'listening')
  const members = fork(fileURLToPath(import.meta.url), ['--port', String(server.address().port)])
  await once(members, 'message')
  const bytes = crypto.getRandomValues(new Uint8Array(Number(values.bytes)))
  const album = hub.room('album')
  const ways = {
    'event with bytes': () => album.emit('image', { caption: 'a caption' }, { bytes }),
    'base64 in JSON': () => album.emit('image', { caption: 'a caption', bytes: Buffer.from(bytes).toString('base64') }),
  }
  const found = await measure(hub, ways)
  members.kill()
  await hub.close({ within: 100 })
  server.close()
  console.table({ ...found, ...(await readingCosts(found, bytes)) })
}

async function measure(hub, ways) {
  const rounds = Object.fromEntries(Object.keys(ways).map((way) => [way, []]))
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    for (const [way, emit] of Object.entries(ways)) {
      const figure = await oneRound(hub, emit)
      // The first round is for the compiler.
      if (round > 0) rounds[way].push(figure)
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([way, all]) => [way, medians(all)]))
}

async function oneRound(hub, emit) {
  const before = { cpu: process.cpuUsage(), bytes: hub.stats().traffic.bytesOut }
  for (let n = 0; n < EMITS; n += 1) {
    emit()
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all(Array.from(hub.connections.values(), ({ drained }) => drained))
  }
  const { user, system } = process.cpuUsage(before.cpu)
  return {
    'bytes on the wire': (hub.stats().traffic.bytesOut - before.bytes) / EMITS / MEMBERS,
    'server, µs a member': (user + system) / EMITS / MEMBERS,
  }
}

async function readingCosts(found, bytes) {
  const { decodeBinaryEnvelope, encodeBinaryEnvelope } = await import('@wshub/core/protocol')
  const payload = { caption: 'a caption' }
  const frame = encodeBinaryEnvelope(JSON.stringify({ type: 'image', payload, room: 'album' }), bytes)
  const base64 = Buffer.from(bytes).toString('base64')
  const text = JSON.stringify({ type: 'image', payload: { ...payload, bytes: base64 }, room: 'album' })
  const costs = {
    'event with bytes': costOf(() => {
      const { text: envelope, bytes: beside } = decodeBinaryEnvelope(frame)
      return [JSON.parse(envelope), beside]
    }),
    // As a page does it, which has no Buffer.
    'base64 in JSON': costOf(() => Uint8Array.from(atob(JSON.parse(text).payload.bytes), (one) => one.charCodeAt(0))),
  }
  return Object.fromEntries(
    Object.entries(found).map(([way, figures]) => [way, { ...figures, 'client, µs a message': rounded(costs[way]) }]),
  )
}

function costOf(read) {
  for (let n = 0; n < READS / 10; n += 1) read()
  const before = process.cpuUsage()
  for (let n = 0; n < READS; n += 1) read()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / READS
}

function medians(all) {
  const middle = (name) => all.map((one) => one[name]).toSorted((a, b) => a - b)[Math.floor(all.length / 2)]
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, rounded(middle(name))]))
}

function rounded(value) {
  return Math.round(value * 1000) / 1000
}
