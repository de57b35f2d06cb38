import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A client program that reads orders, one JSON object a line, and reports events in the same form. */
export class ClientProcess {
  #child
  #events = []
  #wake = () => {}
  #ended

  /** @param command a shell command */
  constructor(command) {
    this.#child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    this.#child.stdin.on('error', () => {})
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line))
    this.#child.on('close', (code) => {
      this.#ended = `the program has ended (${code})`
      this.#wake()
    })
  }

  send(order) {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`)
  }

  /** The next event. @throws Error if none comes within `ms` milliseconds, or the program ends */
  async next(ms) {
    const deadline = Date.now() + ms
    while (this.#events.length === 0) {
      if (this.#ended) throw new Error(this.#ended)
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`no event within ${ms} ms`)
      await this.#arrival(left)
    }
    return this.#events.shift()
  }

  end() {
    this.#child.stdin.end()
    const { pid } = this.#child
    // The shell and what it started.
    if (this.#ended === undefined && pid !== undefined) process.kill(-pid, 'SIGTERM')
  }

  #arrival(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #take(line) {
    try {
      this.#events.push(JSON.parse(line))
    } catch {
      this.#events.push({ event: 'no JSON', line })
    }
    this.#wake()
  }
}
