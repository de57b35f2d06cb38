import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isOpen, REDIS_COMMAND } from './redis.js'
import { until } from './wait.js'

const HOST = '127.0.0.1'

/** A sentinel that watches one master under the name `main`. */
export class Sentinel {
  readonly port: number
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
    this.#process = spawn(REDIS_COMMAND, [join(folder, 'sentinel.conf'), '--sentinel'], { stdio: 'ignore' })
  }

  /** @param master the port of the master on this machine */
  static async start(master: number): Promise<Sentinel> {
    const folder = mkdtempSync(join(tmpdir(), 'wshub-sentinel-'))
    const port = await freePort()
    const lines = [
      `port ${port}`,
      `bind ${HOST}`,
      `sentinel monitor main ${HOST} ${master} 1`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 3000',
      '',
    ]
    writeFileSync(join(folder, 'sentinel.conf'), lines.join('\n'))
    const sentinel = new Sentinel(port, folder)
    await until(() => isOpen(port), 10_000)
    return sentinel
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
