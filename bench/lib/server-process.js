import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { start } from './pinned.js'
import { OWN } from './runtimes.js'

const folder = fileURLToPath(new URL('..', import.meta.url))
const TIMEOUT_MS = 20_000

/** A peer's server in a process of its own. */
export class ServerProcess {
  #child
  #lines

  constructor(peer, { node = OWN, settings = {}, flags = [] } = {}) {
    const runtime = peer.runtime ? [peer.runtime] : [node.path, ...flags]
    this.#child = start('server', [...runtime, peer.file, JSON.stringify(settings)], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** taskset replaces itself by the program, so this is the server. */
  get pid() {
    return this.#child.pid
  }

  /** @returns the port on which it listens */
  async listening() {
    const { port } = await this.#read()
    return port
  }

  async ask(question) {
    this.#child.stdin.write(`${question}\n`)
    return this.#read()
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.stdin.destroy()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(timer)
  }

  async #read() {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('The server does not answer.')), TIMEOUT_MS)
    })
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late])
      if (done) throw new Error('The server has ended.')
      return JSON.parse(value)
    } finally {
      clearTimeout(timer)
    }
  }
}
