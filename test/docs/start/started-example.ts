import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A program of the documentation in a process of its own, as its reader runs it. */
export class StartedExample {
  /** `http://127.0.0.1:…` */
  readonly url: string
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url
    this.#child = child
    this.#folder = folder
  }

  /** Saves the files in a folder, and runs `server.mjs`. @param files their text, by path */
  static async start(files: Readonly<Record<string, string>>): Promise<StartedExample> {
    const folder = mkdtempSync(join(__dirname, 'generated-'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn(process.execPath, ['--require', join(__dirname, 'any-port.cjs'), 'server.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The program ended with ${code}.`)))
    ended.catch(() => undefined)
    const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }]
    return new StartedExample(`http://127.0.0.1:${port}`, child, folder)
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
