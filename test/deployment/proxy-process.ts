import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort, isOpen } from '../support/redis.js'
import { until } from '../support/wait.js'

/** The ports of a proxy and of the two servers behind it. */
export interface Ports {
  readonly proxy: number
  readonly servers: readonly [number, number]
}

/** What starts a proxy: its files by name, and its arguments. */
export interface ProxyFiles {
  readonly files: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

/** Builds the files of a proxy. @param folder where they will be */
export type Configure = (ports: Ports, folder: string) => ProxyFiles

/** Where a program is; many systems keep daemons out of the `PATH` of users. */
function pathOf(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

/**
 * Whether a proxy can be started here. Clients come from 127.0.0.2, so this takes Linux. Without the program under CI this
 * throws: a suite that is skipped proves nothing.
 */
export function hasProxy(program: string): boolean {
  if (process.platform === 'linux' && pathOf(program) !== undefined) return true
  if (process.env['CI'] === 'true') throw new Error(`The tests need ${program}, and there is none.`)
  process.stderr.write(`\n*** SKIPPED: there is no ${program} here; apt-get install ${program} ***\n\n`)
  return false
}

/** A proxy in a process of its own, with its files in a folder of its own. */
export class ProxyProcess {
  readonly port: number
  readonly #folder: string
  readonly #child: ChildProcess
  #output = ''

  private constructor(program: string, ports: Ports, configure: Configure) {
    this.port = ports.proxy
    this.#folder = mkdtempSync(join(tmpdir(), `wshub-${program}-`))
    const { files, args } = configure(ports, this.#folder)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#folder, name), text)
    const env = { ...process.env, HOME: this.#folder, XDG_DATA_HOME: this.#folder, XDG_CONFIG_HOME: this.#folder }
    this.#child = spawn(pathOf(program) ?? program, args, { cwd: this.#folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
  }

  /** Starts one, and waits until it takes connections. */
  static async start(program: string, servers: Ports['servers'], configure: Configure): Promise<ProxyProcess> {
    for (let tries = 1; ; tries += 1) {
      const proxy = new ProxyProcess(program, { proxy: await freePort(), servers }, configure)
      try {
        await until(() => proxy.#isOpen(), 20_000)
        return proxy
      } catch (error) {
        // Another process may have got the port meanwhile.
        await proxy.stop()
        if (tries === 3) throw error
      }
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM')
      await once(this.#child, 'exit')
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** @throws Error with its output if it has ended */
  #isOpen(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`The proxy has ended: ${this.#output}`)
    return isOpen(this.port)
  }
}
