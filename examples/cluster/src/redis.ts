import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { eachLine } from './lines.js'

const KEEPER = require.resolve('./keeper.js')
const BINARY = process.env['REDIS_SERVER'] || 'redis-server'

/** A Redis that runs as long as the cluster, on a free port of this machine and without files. */
export class OwnRedis {
  readonly url: string
  /** Resolves when it has ended, for any reason. */
  readonly ended: Promise<void>
  readonly #child: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.url = `redis://127.0.0.1:${port}`
    this.#child = child
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /** @throws Error whose message contains the solution */
  static async start(): Promise<OwnRedis> {
    const port = await freePort()
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    // A process group, so that only the cluster gets Ctrl+C. It ends Redis after its servers.
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
    const child = spawn(process.execPath, [KEEPER, BINARY, ...where], { stdio: [...stdio], detached: true })
    await started(child)
    return new OwnRedis(port, child)
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.ended
  }
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = ''
    eachLine(child, (line) => {
      last = line
      if (line.includes('Ready to accept connections')) resolve()
    })
    child.once('close', () => reject(new Error(`${BINARY} can't be started (${last}). ${WITHOUT}`)))
  })
}

const WITHOUT = 'Install Redis, or name one that runs already: REDIS_URL=redis://127.0.0.1:6379 npm run cluster'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
