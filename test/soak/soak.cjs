'use strict'

// `npm run soak -- --minutes N`: servers of all three frameworks serve clients that connect, send messages, fail and
// close. From time to time the load pauses and their memory is measured. Exits with 1 if the memory of one of them grows.
//
//   --minutes N   how long, 10 by default
//   --rate N      sessions per second and server, 40 by default
//   --every N     seconds between two measurements, 15 by default
//   --leak        soaks an app that leaks, to show that the test detects it

const { spawn } = require('node:child_process')
const { setTimeout } = require('node:timers/promises')
const { parseArgs } = require('node:util')
const { judge, warmUp } = require('./verdict.cjs')
const { runSession, stay } = require('./sessions.cjs')

const FRAMEWORKS = ['express 5', 'koa 3', 'fastify 5']
const LONG_LIVED_CLIENTS = 50
const MIB = 1024 * 1024

/** A server in a separate process, and the load on it. */
class Soaked {
  samples = []
  sessions = 0
  #child
  #asked = new Map()
  #count = 0
  #port
  #underWay = new Set()
  #failure

  constructor(framework, leak) {
    this.framework = framework
    const args = ['--expose-gc', 'server.cjs', framework, ...(leak ? ['leak'] : [])]
    this.#child = spawn(process.execPath, args, {
      cwd: __dirname,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Otherwise Express prints every error.
      env: { ...process.env, NODE_ENV: 'test' },
    })
    this.#child.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#asked.get(id)
      this.#asked.delete(id)
      if (error) reject(new Error(error))
      else resolve(value)
    })
    this.#child.once('exit', (code) => {
      const failure = new Error(`The server on ${framework} has ended with ${code}.`)
      for (const { reject } of this.#asked.values()) reject(failure)
      this.#failure = failure
    })
  }

  async open() {
    this.#port = await this.#ask('port')
    for (let number = 0; number < LONG_LIVED_CLIENTS; number += 1) await stay(this.#port, number)
  }

  /** Starts sessions evenly for `ms` milliseconds. Resolves when the last one has ended. */
  async live(ms, rate) {
    const begun = performance.now()
    const due = () => ((performance.now() - begun) * rate) / 1000
    for (let started = 0; performance.now() - begun < ms; await setTimeout(10)) {
      if (this.#failure) throw this.#failure
      for (; started < due(); started += 1) this.#start()
    }
    await Promise.all(this.#underWay)
    for (;;) {
      const { connections } = await this.#ask('stats')
      if (connections === LONG_LIVED_CLIENTS) return
      await setTimeout(20)
    }
  }

  async look(minutes) {
    const { opened, received, failed } = await this.#ask('stats')
    const sample = { minutes, ...(await this.#ask('sample')), opened, received, failed }
    this.samples.push(sample)
    return sample
  }

  close() {
    if (this.#child.connected) this.#child.disconnect()
  }

  #start() {
    const session = runSession(this.#port, (this.sessions += 1)).finally(() => this.#underWay.delete(session))
    this.#underWay.add(session)
  }

  #ask(question) {
    if (this.#failure) return Promise.reject(this.#failure)
    const id = (this.#count += 1)
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#child.send({ id, question })
    })
  }
}

const COLUMNS = [
  'minute',
  'server',
  'heap MiB',
  'rss MiB',
  'handles',
  'listeners',
  'sessions',
  'opened',
  'received',
  'failed',
]

function print(cells) {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(10)).join(' ')}\n`)
}

function row({ framework, sessions: started }, sample) {
  const { minutes, heap, rss, handles, listeners, opened, received, failed } = sample
  const memory = [(heap / MIB).toFixed(3), (rss / MIB).toFixed(1)]
  print([minutes.toFixed(1), framework, ...memory, handles, listeners, started, opened, received, failed])
}

async function soak(servers, { minutes, rate, every }) {
  const begun = performance.now()
  const passed = () => (performance.now() - begun) / 60_000
  let printed = 0
  print(COLUMNS)
  // A slope needs a few samples, however long the interval between them is.
  for (let looks = 0; looks < 3 || passed() < minutes; looks += 1) {
    await Promise.all(servers.map((server) => server.live(every * 1000, rate)))
    const now = passed()
    const due = now >= printed + 1 || now >= minutes
    if (due) printed = Math.floor(now)
    for (const server of servers) {
      const sample = await server.look(now)
      if (due) row(server, sample)
    }
  }
}

function conclude(servers, minutes) {
  const discarded = warmUp(minutes)
  process.stdout.write(`\nThe first ${discarded} minutes do not count: they are the warm-up.\n`)
  const verdicts = servers.map(({ framework, samples }) => {
    const { slope, counted, wrong } = judge(samples, discarded)
    const judged = wrong.length > 0 ? wrong.join('; ') : 'holds what it had'
    process.stdout.write(`${framework}: ${slope.toFixed(4)} MiB per minute over ${counted} samples: ${judged}\n`)
    return wrong
  })
  return verdicts.flat().length === 0
}

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '40' },
      every: { type: 'string', default: '15' },
      leak: { type: 'boolean', default: false },
    },
  })
  const [minutes, rate, every] = ['minutes', 'rate', 'every'].map((name) => positive(name, values[name]))
  const servers = FRAMEWORKS.map((framework) => new Soaked(framework, values.leak))
  try {
    await Promise.all(servers.map((server) => server.open()))
    await soak(servers, { minutes, rate, every })
    return conclude(servers, minutes)
  } finally {
    for (const server of servers) server.close()
  }
}

function positive(name, text) {
  const number = Number(text)
  if (number > 0 && number < Infinity) return number
  throw new Error(`--${name} must be a number above 0, not ${text}.`)
}

main().then(
  (well) => process.exit(well ? 0 : 1),
  (error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  },
)
