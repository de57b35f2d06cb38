import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, createConnection } from 'node:net'
import { until } from './wait.js'

/** A replica would leave the file of its first synchronization in the folder, and the next Redis would load it. */
const WITHOUT_FILES = ['--save', '', '--appendonly', 'no', '--rdb-del-sync-files', 'yes']

/** A Redis for one test, on a free port of this machine, without files. */
export class RedisServer {
  readonly port: number
  readonly #options: readonly string[]
  readonly #url: string | undefined
  #process: ChildProcess | undefined

  private constructor(port: number, options: readonly string[], url?: string) {
    this.port = port
    this.#url = url
    this.#options = options
  }

  /** Starts a Redis. @param options further command line arguments, such as `--requirepass` and a password */
  static async start(...options: string[]): Promise<RedisServer> {
    for (let tries = 1; ; tries += 1) {
      const server = new RedisServer(await freePort(), options)
      try {
        await server.start()
        return server
      } catch (error) {
        // Another process may have taken the port.
        await server.kill()
        if (tries === 3) throw error
      }
    }
  }

  /** A new Redis, or the one at `REDIS_URL` if none can be started: for tests that need only their own prefix. */
  static async any(): Promise<RedisServer> {
    if (isInstalled()) return RedisServer.start()
    return new RedisServer(0, [], process.env['REDIS_URL'])
  }

  get url(): string {
    return this.#url ?? `redis://127.0.0.1:${this.port}`
  }

  /** Starts Redis, or restarts it on the same port: without its data, unless an option names a file. */
  async start(): Promise<void> {
    const where = ['--port', String(this.port), '--bind', '127.0.0.1', ...WITHOUT_FILES]
    this.#process = spawn(REDIS_COMMAND, [...where, ...this.#options], { stdio: 'ignore' })
    await until(async () => {
      if (this.#process?.exitCode !== null) throw new Error(`redis-server has ended with ${this.#process?.exitCode}.`)
      return answers(this.port)
    }, 10_000)
  }

  /** Kills Redis, or shuts it down with SIGTERM. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGCONT')
    child.kill(signal)
    await once(child, 'exit')
  }

  /** Pauses the process: connections stay open, and nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  /** Sends a command as text. @returns the reply */
  async command(...words: (string | Buffer)[]): Promise<string> {
    const socket = createConnection(this.port, '127.0.0.1')
    const parts = words.flatMap((word) => [`$${Buffer.byteLength(word)}\r\n`, word, '\r\n'])
    socket.write(Buffer.concat([`*${words.length}\r\n`, ...parts].map((part) => Buffer.from(part as string))))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    return answer.toString()
  }
}

/** The command that starts a redis-server. */
export const REDIS_COMMAND = process.env['REDIS_SERVER'] ?? 'redis-server'

/**
 * Whether a redis-server can be started. Throws under CI if not, because a skipped suite proves nothing.
 * @param shared whether the Redis at `REDIS_URL` is sufficient
 */
export function hasRedis({ shared = false } = {}): boolean {
  if (isInstalled() || (shared && process.env['REDIS_URL'])) return true
  if (process.env['CI'] === 'true') throw new Error('The tests need redis-server, and there is none.')
  process.stderr.write('\n*** SKIPPED: there is no redis-server here; set REDIS_SERVER to its path ***\n\n')
  return false
}

/** Whether a redis-server can be started. */
export function isInstalled(): boolean {
  try {
    execFileSync(REDIS_COMMAND, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Whether a port of this machine accepts connections. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return /^(\+PONG|-NOAUTH)/.test(answer.toString())
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
