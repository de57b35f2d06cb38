import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../lib/statistics.js'

const TIMEOUT_MS = 10_000

/** A Redis of its own on a free port, without files, and a line to it that counts what it does. */
export class Redis {
  #child
  #line
  #asking = 0

  static async start() {
    const redis = new Redis()
    redis.port = await freePort()
    const where = ['--port', String(redis.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const program = process.env.REDIS_SERVER ?? 'redis-server'
    redis.#child = spawn(program, where, { stdio: 'ignore' })
    await Promise.race([redis.#connect(), failed(redis.#child)])
    return redis
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Sends a command of plain words. */
  async command(...words) {
    return this.#line.ask(words)
  }

  /** Everything that it has done until now. */
  async counts() {
    const text = await this.command('INFO', 'everything')
    const info = Object.fromEntries(
      [...text.matchAll(/^([^:#\r\n]+):(.*)\r$/gm)].map(([, name, value]) => [name, value]),
    )
    const calls = Object.entries(info).flatMap(([name, value]) => {
      const [, command] = /^cmdstat_(.+)$/.exec(name) ?? []
      return command ? [[command, Number(/calls=(\d+)/.exec(value)[1])]] : []
    })
    return {
      version: info.redis_version,
      calls: Object.fromEntries(calls),
      cpu: (Number(info.used_cpu_user) + Number(info.used_cpu_sys)) * 1e6,
      bytesIn: Number(info.total_net_input_bytes),
      bytesOut: Number(info.total_net_output_bytes),
      memory: Number(info.used_memory),
      answer: Buffer.byteLength(text),
    }
  }

  /** Learns what asking it costs. */
  async calibrate() {
    this.#asking = 0
    const costs = []
    for (let n = 0; n < 51; n += 1) costs.push((await this.during(() => {})).cpu)
    this.#asking = median(costs)
  }

  /** What it did while `work` ran: commands by name, microseconds of CPU, bytes in and out, less what the asking costs. */
  async during(work) {
    const before = await this.counts()
    const result = await work()
    const after = await this.counts()
    const names = Object.keys(after.calls)
    const calls = names.map((name) => [name, after.calls[name] - (before.calls[name] ?? 0)])
    return {
      result,
      calls: Object.fromEntries(calls.filter(([name, count]) => count > 0 && name !== 'info')),
      // The first of the two INFO of this function is one.
      isWatched: after.calls.info - before.calls.info > 1,
      cpu: after.cpu - before.cpu - this.#asking,
      bytesIn: after.bytesIn - before.bytesIn - ASKING,
      bytesOut: after.bytesOut - before.bytesOut - bulkLength(before.answer),
      memory: after.memory - before.memory,
    }
  }

  /** How many topics each of its links listens to, the busiest first. */
  async subscriptions() {
    const list = await this.command('CLIENT', 'LIST')
    const counts = [...list.matchAll(/ ssub=(\d+)/g)].map(([, count]) => Number(count))
    return counts.filter((count) => count > 0).toSorted((a, b) => b - a)
  }

  async stop() {
    this.#line?.end()
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async #connect() {
    const until = performance.now() + TIMEOUT_MS
    for (;;) {
      try {
        this.#line = await Line.open(this.port)
        return
      } catch (error) {
        if (performance.now() > until) throw error
        await sleep(20)
      }
    }
  }
}

/** One command after the other; text and status replies are all that it reads. */
class Line {
  #socket
  #text = ''
  #settle

  static async open(port) {
    const line = new Line()
    line.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(line.#socket, 'connect')
    line.#socket.setEncoding('utf8')
    line.#socket.on('data', (text) => line.#read(text))
    return line
  }

  ask(words) {
    const answered = new Promise((resolve) => (this.#settle = resolve))
    this.#socket.write(encodeCommand(words))
    return answered
  }

  end() {
    this.#socket.destroy()
  }

  #read(text) {
    this.#text += text
    const [head, digits] = /^\$(\d+)\r\n/.exec(this.#text) ?? []
    if (head === undefined && !/^[+:-].*\r\n$/.test(this.#text)) return
    const whole = head === undefined ? this.#text : this.#text.slice(head.length, -2)
    if (head !== undefined && Buffer.byteLength(whole) < Number(digits)) return
    this.#text = ''
    this.#settle(whole)
  }
}

export function encodeCommand(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

/** Bytes of the question itself. */
const ASKING = encodeCommand(['INFO', 'everything']).length

function bulkLength(length) {
  return 1 + String(length).length + 2 + length + 2
}

async function failed(child) {
  const [code] = await once(child, 'exit')
  throw new Error(`redis-server has ended with ${code}.`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
