import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** The end of a process. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Where and how a process runs. */
export interface ChildOptions {
  /** The working directory, which contains the scripts. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether the process answers {@link Child.ask}. */
  readonly answers?: boolean
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A Node process that uses the built packages. */
export class Child {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #output = ''
  #wake: () => void = () => {}

  constructor(args: readonly string[], { folder, env, answers = false }: ChildOptions) {
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...rest } = process.env
    this.#child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...rest, ...env },
      stdio: answers ? ['ignore', 'pipe', 'pipe', 'ipc'] : 'pipe',
      // A process group, because the test runner of Node starts a process for each file.
      detached: true,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#wake()
      })
    }
    this.#child.on('message', (answer: Answer) => this.#settle(answer))
    this.ended = once(this.#child, 'close').then(([code, signal]: unknown[]) => {
      this.#wake()
      for (const { reject } of this.#waiting.values()) reject(new Error(`The process has ended: ${this.#output}`))
      return { code, signal, output: this.#output } as Ended
    })
  }

  /** The first line that the process prints. @throws Error if it ends without one */
  async line(): Promise<string> {
    while (!this.#output.includes('\n')) {
      if (this.#child.exitCode !== null) throw new Error(`The process has ended: ${this.#output}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.#output.split('\n', 1)[0] ?? ''
  }

  /** Calls a function of the process by name. @throws Error with its message if that fails, or if the process ends */
  async ask<Value>(question: string, details: object = {}): Promise<Value> {
    const id = (this.#asked += 1)
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.send({ id, question, details })
    return (await answer) as Value
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Kills the process and the processes that it has started. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }

  #settle({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(error))
  }
}

/** Starts processes for the tests of the surrounding `describe`, and kills them after each test. */
export function childProcesses(): (...args: ConstructorParameters<typeof Child>) => Child {
  const children: Child[] = []
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill()
      await child.ended
    }
  })
  return (...args) => {
    const child = new Child(...args)
    children.push(child)
    return child
  }
}
