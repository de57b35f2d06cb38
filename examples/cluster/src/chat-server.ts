import { type ChildProcess, spawn } from 'node:child_process'
import { eachLine } from './lines.js'

const MAIN = require.resolve('@wshub/example-chat/dist/main.js')
/** Milliseconds until a server that has ended is started again. */
const RESTART_DELAY_MS = 1000

/** The options of a server of the chat. */
export interface ChatServerOptions {
  readonly name: string
  /** `express`, `koa` or `fastify`. */
  readonly framework: string
  readonly redis: string
}

/** One process of the chat. It is started again if it ends without `stop()`. */
export class ChatServer {
  readonly name: string
  readonly framework: string
  readonly #redis: string
  #child: ChildProcess | undefined
  #port: number | undefined
  #again: NodeJS.Timeout | undefined
  #stopping = false

  constructor({ name, framework, redis }: ChatServerOptions) {
    this.name = name
    this.framework = framework
    this.#redis = redis
  }

  /** The port on which it listens; `undefined` while it does not. */
  get port(): number | undefined {
    return this.#port
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * Resolves once it listens, with the path of the inspector, which is the same on every server.
   * @throws Error with the last line that it printed, if it ends before it listens
   */
  start(): Promise<string> {
    const env = { ...process.env, PORT: '0', HOST: '127.0.0.1', REDIS_URL: this.#redis, SERVER_NAME: this.name }
    // A process group, so that only the cluster gets Ctrl+C. If the cluster ends, the broken channel stops the server.
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
    const child = spawn(process.execPath, [MAIN, this.framework], { env, detached: true, stdio: [...stdio] })
    this.#child = child
    return new Promise((resolve, reject) => {
      let last = ''
      eachLine(child, (line) => {
        last = line
        const [, port] = /^The chat is at http:.*:(\d+) /.exec(line) ?? []
        const [, inspector] = /^The inspector of its hub is at http:[^/]*\/\/[^/]+(\/\S+)$/.exec(line) ?? []
        if (port !== undefined) this.#port = Number(port)
        else if (inspector !== undefined) resolve(inspector)
        else console.log(`${this.name}: ${line}`)
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => this.#ended(signal ?? `code ${code}`))
      child.once('close', () => reject(new Error(`${this.name} has ended: ${last}`)))
    })
  }

  /** Sends it a signal to end. Resolves once it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#again)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }

  #ended(how: string): void {
    const wasUp = this.#port !== undefined
    this.#port = undefined
    if (this.#stopping || !wasUp) return
    console.log(`${this.name} (pid ${this.pid}) has ended (${how}); its people move over, and it starts again.`)
    this.#startAgain()
  }

  #startAgain(): void {
    const again = async (): Promise<void> => {
      try {
        await this.start()
        console.log(`${this.name} is back (pid ${this.pid}).`)
      } catch (error) {
        console.log((error as Error).message)
        if (!this.#stopping) this.#startAgain()
      }
    }
    this.#again = setTimeout(() => void again(), RESTART_DELAY_MS)
  }
}
