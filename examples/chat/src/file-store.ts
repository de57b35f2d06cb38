import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from './hub.js'
import type { Login, Store } from './store.js'

interface Contents {
  readonly secret: string
  readonly sessions: Record<string, Login>
}

/** The store of a chat with one process. It keeps logins in a file, so that users stay logged in over a restart. */
export class FileStore implements Store {
  readonly secret: string
  readonly #file: string
  readonly #sessions: Map<string, Login>
  readonly #rooms = new Set<string>()
  #written: Promise<void> = Promise.resolve()

  private constructor(file: string, { secret, sessions }: Contents) {
    this.secret = secret
    this.#file = file
    this.#sessions = new Map(Object.entries(sessions))
  }

  /** @throws Error if the folder is not writable or the file is malformed */
  static async open(folder: string): Promise<FileStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, 'logins.json')
    const store = new FileStore(file, await read(file))
    await store.#write()
    return store
  }

  async login(id: string): Promise<Login | undefined> {
    const login = this.#sessions.get(id)
    return login && isOver(login) ? undefined : login
  }

  async keepLogin(id: string, login: Login): Promise<void> {
    this.#sessions.delete(id)
    this.#sessions.set(id, login)
    await this.#write()
  }

  async dropLogin(id: string): Promise<boolean> {
    if (!this.#sessions.delete(id)) return false
    await this.#write()
    return true
  }

  async people(ids: readonly string[]): Promise<Person[]> {
    const known = new Map([...this.#sessions.values()].map(({ person }) => [person.id, person]))
    return ids.map((id) => known.get(id) ?? { id, name: id })
  }

  async rooms(): Promise<string[]> {
    return [...this.#rooms]
  }

  async addRoom(room: string): Promise<void> {
    this.#rooms.add(room)
  }

  async dropRoom(room: string): Promise<void> {
    this.#rooms.delete(room)
  }

  async close(): Promise<void> {
    await this.#written
  }

  /** One write at a time, each to a second file that replaces the first, so that a crash leaves no incomplete file. */
  #write(): Promise<void> {
    const write = async (): Promise<void> => {
      for (const [id, login] of this.#sessions) if (isOver(login)) this.#sessions.delete(id)
      const contents: Contents = { secret: this.secret, sessions: Object.fromEntries(this.#sessions) }
      const draft = `${this.#file}.${process.pid}`
      await writeFile(draft, JSON.stringify(contents), { mode: 0o600 })
      await rename(draft, this.#file)
    }
    const written = this.#written.then(write)
    this.#written = written.catch(() => {})
    return written
  }
}

async function read(file: string): Promise<Contents> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Contents
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { secret: randomBytes(32).toString('hex'), sessions: {} }
    throw new Error(`${file} can't be read (${(error as Error).message}); remove it to start afresh.`, { cause: error })
  }
}

// Entries that an earlier version of the chat has written count as expired.
function isOver({ expires }: Partial<Login>): boolean {
  return !(Number(expires) > Date.now())
}
