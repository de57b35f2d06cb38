import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client } from '../load/client.js'
import { maskedText } from '../load/frame.js'
import { handshakeHead } from '../load/head.js'
import { Redis } from './redis.js'

const TIMEOUT_MS = 30_000
const file = fileURLToPath(new URL('server.js', import.meta.url))

/** A Redis and servers of one hub around it, each in a process of its own, and their members. */
export class Cluster {
  servers = []
  redis
  #members = []

  static async start(servers, settings = {}) {
    const cluster = new Cluster()
    try {
      cluster.redis = await Redis.start()
      for (let at = 0; at < servers; at += 1) cluster.servers.push(new Server({ url: cluster.redis.url, ...settings }))
      await Promise.all(cluster.servers.map((server) => server.listening))
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  /** Opens a connection to a server. */
  async member(server, { user = '-', rooms = ['-'] } = {}) {
    const { port } = this.servers[server]
    const member = new Member(server)
    this.#members.push(member)
    await member.open(port, `/ws/${user}/${rooms.join(',')}`)
    return member
  }

  ask(question, details) {
    return Promise.all(this.servers.map((server) => server.ask(question, details)))
  }

  async stop() {
    await Promise.all(this.#members.splice(0).map((member) => member.leave()))
    await Promise.all(this.servers.map((server) => server.stop()))
    await this.redis?.stop()
  }
}

/** A server’s process, and questions to it. */
class Server {
  listening
  #child
  #waiting = new Map()
  #asked = 0

  constructor(settings) {
    this.#child = fork(file, [JSON.stringify(settings)], {
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.listening = this.#listening()
    this.#child.on('message', ({ id, answer, failure }) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (failure) waiting?.reject(new Error(failure))
      else waiting?.resolve(answer)
    })
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('A server has ended.'))
    })
  }

  async ask(question, details = {}) {
    const id = (this.#asked += 1)
    const answered = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.send({ id, question, ...details })
    return answered
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }

  async #listening() {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`A server has ended with ${code}.`)
    })
    const [{ port }] = await Promise.race([once(this.#child, 'message'), ended])
    this.port = port
  }
}

/** A client that counts. */
class Member {
  received = 0
  finished = false
  #client
  #wanted = []

  constructor(server) {
    this.server = server
  }

  async open(port, path) {
    this.#client = new Client(0, { port, dialect: {} }, { message: (_, ...range) => this.#take(...range) })
    await this.#client.connected
    await this.#client.handshake(handshakeHead(path, { port }))
  }

  send(text) {
    this.#client.write(maskedText(text))
  }

  /** Resolves once so many messages have come. */
  got(count) {
    return this.#until(() => this.received >= count, `${count} messages`)
  }

  /** Resolves once the message that ends a round has come. */
  get end() {
    return this.#until(() => this.finished, 'the end')
  }

  async leave() {
    await this.#client?.destroy()
  }

  #take(bytes, start, end) {
    if (end - start === 6 && bytes.latin1Slice(start, end) === 'finish') this.finished = true
    else this.received += 1
    this.#wanted = this.#wanted.filter(({ holds, resolve }) => !holds() || resolve())
  }

  #until(holds, what) {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`A member waited in vain for ${what}, and got ${this.received}.`))
      const timer = setTimeout(late, TIMEOUT_MS)
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#wanted.push({ holds, resolve: done })
    })
  }
}
