// What histories cost a real Redis: appends that leave in one write, and the longest PING of another client while 20 clients
// recover 800 messages each, by the size of a page. Usage: node bench/histories.js [--runs N]
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { redisBroker } from '@wshub/redis'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })
const RUNS = Number(values.runs)
const CLIENTS = 20
const MESSAGES = 800
const WINDOW = { size: 1000, ttl: 3_600_000 }
const NOTHING = { epoch: '', offset: 0, tag: '' }
const KIB = 1024
const PAGES = [
  { messages: 128, bytes: 256 * KIB },
  { messages: 48, bytes: 64 * KIB },
  { messages: 24, bytes: 32 * KIB },
  { messages: 12, bytes: 16 * KIB },
]

async function startRedis() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  const redis = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  await new Promise((resolve) => {
    redis.stdout.on('data', (line) => String(line).includes('Ready to accept') && resolve())
  })
  return { redis, port }
}

/** µs of Redis for each append, 100 in one write: each brings what its sender knows, or the first alone. */
async function appendCost(history, client, isEachAsked) {
  const topic = `append/${isEachAsked}`
  const bytes = Buffer.alloc(200, 97)
  let known = await history.append(topic, bytes, { ...WINDOW, known: NOTHING })
  await client.call('CONFIG', 'RESETSTAT')
  for (let round = 0; round < 300; round += 1) {
    const appends = Array.from({ length: 100 }, (_, at) => {
      const brought = isEachAsked || at === 0 ? known : NOTHING
      return history.append(topic, bytes, { ...WINDOW, known: brought })
    })
    // The answer to what brought it is what the sender knows from then on.
    known = (await Promise.all(appends))[0]
  }
  const [, cost] = /cmdstat_evalsha:.*?usec_per_call=([\d.]+)/.exec(await client.info('commandstats')) ?? []
  return Number(cost)
}

/** Reads the history page by page, as a recovery does. */
async function recover(history, topic, page) {
  let [position, count] = [NOTHING, 0]
  for (let isMore = true; isMore;) {
    const { entries, more, lost, position: end } = await history.since(topic, position, { ...WINDOW, page })
    if (lost || entries.length === 0) throw new Error(`expected messages, got ${lost}`)
    const { offset, tag } = entries.at(-1)
    position = { epoch: end.epoch, offset, tag }
    count += entries.length
    isMore = more
  }
  if (count !== MESSAGES) throw new Error(`expected ${MESSAGES} messages, got ${count}`)
}

async function longestPing(pinger, work) {
  pinger.send('reset')
  await work()
  pinger.send('read')
  return (await once(pinger, 'message'))[0]
}

async function repeat(work) {
  const results = []
  for (let run = 0; run < RUNS; run += 1) results.push(await work())
  return results.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)]
}

async function measurePages(history, { client, pinger, size }) {
  const topic = `recover/${size}`
  const bytes = Buffer.alloc(size, 97)
  for (let n = 0; n < MESSAGES; n += 1) await history.append(topic, bytes, { ...WINDOW, known: NOTHING })
  const idle = await repeat(() => longestPing(pinger, () => new Promise((resolve) => setTimeout(resolve, 200))))
  console.log(`${size} bytes, nobody recovers: longest PING ${idle.toFixed(1)} ms`)
  for (const page of PAGES) {
    await client.call('CONFIG', 'RESETSTAT')
    const began = Date.now()
    const ping = await repeat(() =>
      longestPing(pinger, () => Promise.all(Array.from({ length: CLIENTS }, () => recover(history, topic, page)))),
    )
    const took = (Date.now() - began) / RUNS
    const [, calls, cost] = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(await client.info('commandstats')) ?? []
    console.log(
      `${size} bytes, pages of ${page.messages} messages or ${page.bytes / KIB} KiB: longest PING ${ping.toFixed(1)} ms, ` +
        `one script ${(cost / calls / 1000).toFixed(2)} ms, Redis ${(cost / RUNS / 1000).toFixed(0)} ms, all ${took.toFixed(0)} ms`,
    )
  }
}

async function main() {
  const { redis, port } = await startRedis()
  const client = new Redis(port)
  const pinger = fork(fileURLToPath(new URL('lib/pinger.js', import.meta.url)), [`${port}`])
  const { history, ...broker } = await connected(port)
  try {
    for (const isEachAsked of [true, false, true, false]) {
      const cost = await appendCost(history, client, isEachAsked)
      console.log(`append, ${isEachAsked ? 'each brings what it knows' : 'the first of 100 brings it'}: ${cost} µs`)
    }
    for (const size of [200, 16 * KIB]) await measurePages(history, { client, pinger, size })
  } finally {
    await broker.close()
    pinger.disconnect()
    client.disconnect()
    redis.kill()
  }
}

async function connected(port) {
  const broker = redisBroker({ url: `redis://127.0.0.1:${port}` })
  const events = { failed: console.error, discarded() {}, restored() {}, restarted() {}, presence() {} }
  await broker.connect(() => {}, events)
  return { history: broker.history, close: () => broker.close() }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
