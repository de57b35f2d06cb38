import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a process has ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Where and how a process runs. */
export interface ChildOptions {
  /** Its working directory, in which its scripts are. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether it answers questions: see {@link Child.ask}. */
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

/** A Node process of its own that uses the packages as they were built. */
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
      // A group of its own: the test runner of Node starts a process for each file.
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

  /** The first line that it prints. @throws Error where it ends without one */
  async line(): Promise<string> {
    while (!this.#output.includes('\n')) {
      if (this.#child.exitCode !== null) throw new Error(`The process has ended: ${this.#output}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.#output.split('\n', 1)[0] ?? ''
  }

  /** Has it do something by name. @throws Error with what it says where that fails, or where it ends meanwhile */
  async ask<Value>(question: string, details: object = {}): Promise<Value> {
    const id = (this.#asked += 1)
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#child.send({ id, question, details })
    return (await answer) as Value
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it, whatever it is at, and the processes that it has started. */
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

/** Starts processes for the tests of the surrounding `describe`, and leaves none of them behind. */
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
