// npm run bench:inspector [-- --connections 10000 --servers 3 --rounds 3 --seconds 20]: what a page of the inspector costs the
// servers of a hub, and how long its requests take.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../lib/machine.js'
import { median } from '../lib/statistics.js'
import { Redis } from '../scaling/redis.js'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    servers: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '20' },
  },
})
const [connections, count, rounds, seconds] = [values.connections, values.servers, values.rounds, values.seconds].map(
  Number,
)
const SERVER = fileURLToPath(new URL('server.js', import.meta.url))
/** A page polls every 5 seconds. Here it polls five times as often, so that its cost stands out of the noise. */
const EVERY_MS = 1000
const PAGE_EVERY_MS = 5000
const SAMPLES = 50

const redis = await Redis.start()
const servers = await Promise.all(Array.from({ length: count }, start))
const [{ port }] = servers
await sleep(3000)

const { cpu, node } = describeMachine()
console.log(`${connections} connections on ${count} servers with Redis; ${cpu}, Node ${node}`)
const { connections: [first] = [] } = await read('connections?limit=1')
for (const path of [
  'overview',
  'connections?limit=50',
  'connections?user=nobody',
  'rooms?limit=50',
  'rooms?search=9',
  `connection?id=${first.id}`,
]) {
  await measure(path)
}
const shares = []
for (let round = 0; round < rounds; round += 1) {
  const quiet = await during(() => sleep(seconds * 1000))
  const open = await during(poll)
  shares.push(open.map((share, index) => share - quiet[index]))
}
const perPage = (EVERY_MS / PAGE_EVERY_MS) * 100
for (const [index] of servers.entries()) {
  const all = shares.map((round) => round[index] * perPage)
  const label = index === 0 ? 'the server of the page' : `server ${index + 1}`
  console.log(
    `${label}: ${median(all).toFixed(2)} % of a core (${all.map((one) => one.toFixed(2)).join(', ')}); the goal is 1 %`,
  )
}
for (const { child } of servers) child.send({ question: 'end' })
await redis.stop()
process.exit(0)

async function start(_, index) {
  const share = Math.floor(connections / count) + (index < connections % count ? 1 : 0)
  const child = fork(SERVER, [redis.url, String(share)])
  const [{ port: at }] = await once(child, 'message')
  return { child, port: at }
}

async function read(path) {
  const response = await fetch(`http://127.0.0.1:${port}/hub/api/${path}`)
  const value = await response.json()
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value)}`)
  return value
}

async function measure(path) {
  const times = []
  let bytes = 0
  for (let n = 0; n < SAMPLES; n += 1) {
    // An overview is kept for a second.
    if (path === 'overview') await sleep(1010)
    const begun = performance.now()
    bytes = JSON.stringify(await read(path)).length
    times.push(performance.now() - begun)
  }
  const sorted = times.toSorted((a, b) => a - b)
  const name = path.replace(/id=.*/, 'id=…').padEnd(26)
  console.log(
    `${name} ${median(times).toFixed(1)} ms, at most ${sorted.at(-1).toFixed(1)} ms, ${(bytes / 1024).toFixed(1)} KiB; the goal is 100 ms`,
  )
}

async function poll() {
  for (let n = 0; n < seconds; n += 1) {
    await read('overview')
    await sleep(EVERY_MS)
  }
}

/** The share of a core that each server needs meanwhile. */
async function during(work) {
  const before = await Promise.all(servers.map(cpuOf))
  const begun = performance.now()
  await work()
  const ms = performance.now() - begun
  const after = await Promise.all(servers.map(cpuOf))
  return after.map((used, index) => (used - before[index]) / 1000 / ms)
}

async function cpuOf({ child }) {
  const id = Math.random()
  child.send({ id, question: 'cpu' })
  const [{ value }] = await once(child, 'message')
  return value.user + value.system
}
