import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scale } from '../support/scale'

// The chat as its users run it: a process of its own, from what was built.

/** The frameworks on which the chat can run, each by the argument that selects it. */
export const FRAMEWORKS = ['express', 'koa', 'fastify'] as const

/** The frameworks on which every test of the page runs; the others get a smoke test. All in `npm run test:faults`. */
export const THOROUGH: readonly Framework[] = scale<readonly Framework[]>(FRAMEWORKS, ['express'])

/** The frameworks that get the smoke test alone. */
export const SMOKE: readonly Framework[] = FRAMEWORKS.filter((framework) => !THOROUGH.includes(framework))

export type Framework = (typeof FRAMEWORKS)[number]

const EXAMPLES = join(__dirname, '../../examples')

export interface Settings {
  /** The folder of the example: `chat`, or one that starts the chat. @default 'chat' */
  readonly example?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Ended {
  /** The exit code; `null` if a signal ended the process. */
  readonly code: number | null
  /** Everything that it printed. */
  readonly output: string
}

export class ChatProcess {
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #output = ''
  #printed: (() => void) | undefined

  constructor({ example = 'chat', args = [], env = {} }: Settings = {}) {
    const { NODE_OPTIONS: _, ...rest } = process.env
    const settings = { PORT: '0', HOST: '127.0.0.1', ...env }
    const main = join(EXAMPLES, example, 'dist/main.js')
    this.#child = spawn(process.execPath, [main, ...args], { env: { ...rest, ...settings }, stdio: 'pipe' })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#printed?.()
      })
    }
    this.ended = once(this.#child, 'close').then(([code]) => {
      this.#printed?.()
      return { code: code as number | null, output: this.#output }
    })
  }

  /** The address that it printed. @throws Error if it ended instead */
  url(): Promise<string> {
    return this.printed(/http:\/\/\S+/)
  }

  /** The printed text that matches. @throws Error if it ended instead */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const [text] = pattern.exec(this.#output) ?? []
      if (text !== undefined) return text
      if (this.#child.exitCode !== null) throw new Error(`The chat has ended: ${this.#output}`)
      await new Promise<void>((resolve) => {
        this.#printed = resolve
      })
    }
  }

  async port(): Promise<string> {
    return new URL(await this.url()).port
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Stops it with a signal and waits for its end. */
  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.signal(name)
    return this.ended
  }
}

/** Starts chats that share their logins, and leaves none of them behind. */
export class Chats {
  /** Where the logins are. */
  readonly folder = mkdtempSync(join(tmpdir(), 'wshub-chat-'))
  readonly #started: ChatProcess[] = []

  start({ args, env = {} }: Settings = {}): ChatProcess {
    const chat = new ChatProcess({ ...(args && { args }), env: { DATA_DIR: this.folder, ...env } })
    this.#started.push(chat)
    return chat
  }

  async clear(): Promise<void> {
    await Promise.all(this.#started.map((chat) => chat.stop('SIGKILL')))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
