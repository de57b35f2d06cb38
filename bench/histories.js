// What histories cost a real Redis: appends that leave in one write, and what 20 clients that recover 800 messages each at
// the same time cost others, by the size of a page: the longest single scripts (SLOWLOG), and the longest PING of another
// client. A PING also waits for its own process and for the machine: PINGs to a second, idle Redis at the same time show how
// long. Usage: node bench/histories.js [--runs N]
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
  const redis = spawn(process.env.REDIS_SERVER ?? 'redis-server', [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
  ])
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

/** The longest PINGs during some work, to the Redis that works and to the idle one, and its longest scripts, in ms. */
async function stalls({ client, pingers }, work) {
  await client.call('SLOWLOG', 'RESET')
  for (const pinger of pingers) pinger.send('reset')
  await work()
  const answers = pingers.map((pinger) => once(pinger, 'message'))
  for (const pinger of pingers) pinger.send('read')
  const [[busy], [idle]] = await Promise.all(answers)
  const commands = await client.call('SLOWLOG', 'GET', '-1')
  const scripts = commands.flatMap(([, , micros, [name]]) => (name.toUpperCase() === 'EVALSHA' ? micros : []))
  const times = scripts.toSorted((a, b) => a - b).map((micros) => micros / 1000)
  return { busy, idle, most: times[Math.floor(times.length * 0.99)] ?? 0, command: times.at(-1) ?? 0 }
}

/** The median of each figure. */
async function repeat(work) {
  const results = []
  for (let run = 0; run < RUNS; run += 1) results.push(await work())
  const [busy, idle, most, command] = ['busy', 'idle', 'most', 'command'].map(
    (name) => results.map((result) => result[name]).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)],
  )
  return { busy, idle, most, command }
}

function describe({ busy, idle, most, command }) {
  const scripts = `99 % of the scripts within ${most.toFixed(2)} ms, the longest ${command.toFixed(2)} ms`
  return `${scripts}, longest PING ${busy.toFixed(1)} ms, to an idle Redis ${idle.toFixed(1)} ms`
}

async function measurePages(history, { size, ...stage }) {
  const { client } = stage
  const topic = `recover/${size}`
  const bytes = Buffer.alloc(size, 97)
  for (let n = 0; n < MESSAGES; n += 1) await history.append(topic, bytes, { ...WINDOW, known: NOTHING })
  const nobody = await repeat(() => stalls(stage, () => new Promise((resolve) => setTimeout(resolve, 200))))
  console.log(`${size} bytes, nobody recovers: ${describe(nobody)}`)
  for (const page of PAGES) {
    await client.call('CONFIG', 'RESETSTAT')
    const began = Date.now()
    const found = await repeat(() =>
      stalls(stage, () => Promise.all(Array.from({ length: CLIENTS }, () => recover(history, topic, page)))),
    )
    const took = (Date.now() - began) / RUNS
    const [, calls, cost] = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(await client.info('commandstats')) ?? []
    console.log(
      `${size} bytes, pages of ${page.messages} messages or ${page.bytes / KIB} KiB: ${describe(found)}, ` +
        `one script ${(cost / calls / 1000).toFixed(2)} ms, Redis ${(cost / RUNS / 1000).toFixed(0)} ms, all ${took.toFixed(0)} ms`,
    )
  }
}

async function main() {
  const [{ redis, port }, idle] = [await startRedis(), await startRedis()]
  const client = new Redis(port)
  await client.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '100000')
  const pingers = [port, idle.port].map((at) =>
    fork(fileURLToPath(new URL('lib/pinger.js', import.meta.url)), [`${at}`]),
  )
  const { history, ...broker } = await connected(port)
  try {
    for (const isEachAsked of [true, false, true, false]) {
      const cost = await appendCost(history, client, isEachAsked)
      console.log(`append, ${isEachAsked ? 'each brings what it knows' : 'the first of 100 brings it'}: ${cost} µs`)
    }
    for (const size of [200, 16 * KIB]) await measurePages(history, { client, pingers, size })
  } finally {
    await broker.close()
    for (const pinger of pingers) pinger.disconnect()
    client.disconnect()
    for (const process of [redis, idle.redis]) process.kill()
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
