import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** How a process has ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** A Node process of its own that uses the packages as they were built. */
export class Child {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #output = ''
  #wake: () => void = () => {}

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...rest } = process.env
    const cwd = join(__dirname, 'children')
    // A group of its own: the test runner of Node starts a process for each file.
    this.#child = spawn(process.execPath, args, { cwd, env: { ...rest, ...env }, stdio: 'pipe', detached: true })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#wake()
      })
    }
    this.ended = once(this.#child, 'close').then(([code, signal]: unknown[]) => {
      this.#wake()
      return { code, signal, output: this.#output } as Ended
    })
  }

  /** The first line that it prints. @throws Error where it ends without one */
  async line(): Promise<string> {
    while (!this.#output.includes('\n')) {
      if (this.#child.exitCode !== null) throw new Error(`The process has ended: ${this.#output}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.#output.split('\n', 1)[0] ?? ''
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it, whatever it is at, and the processes that it has started. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }
}
