import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a session middleware keeps of a login. */
export interface Login {
  readonly cookie: { readonly expires?: Date | string | null | undefined }
}

interface Contents {
  readonly secret: string
  readonly sessions: Record<string, Login>
}

/**
 * The logins, in a file: nobody has to log in again because the server was restarted. A bigger app would keep them in
 * Redis or a database. It knows no framework; each one's session middleware reads and writes through it.
 */
export class Logins {
  /** What session cookies are signed with. */
  readonly secret: string
  readonly #file: string
  readonly #sessions: Map<string, Login>
  #written: Promise<void> = Promise.resolve()

  private constructor(file: string, { secret, sessions }: Contents) {
    this.secret = secret
    this.#file = file
    this.#sessions = new Map(Object.entries(sessions))
  }

  /** @throws Error where the folder can't be written to or its file is damaged */
  static async open(folder: string): Promise<Logins> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, 'logins.json')
    const logins = new Logins(file, await read(file))
    await logins.#write()
    return logins
  }

  get(id: string): Login | undefined {
    const login = this.#sessions.get(id)
    return login && isOver(login) ? undefined : structuredClone(login)
  }

  async set(id: string, login: Login): Promise<void> {
    this.#keep(id, login)
    await this.#write()
  }

  /** Prolongs a login; written with the next one that changes. One that is over, meanwhile, stays over. */
  touch(id: string, login: Login): void {
    if (this.#sessions.has(id)) this.#keep(id, login)
  }

  async delete(id: string): Promise<void> {
    if (this.#sessions.delete(id)) await this.#write()
  }

  // As the file will have it: a copy, with dates as text.
  #keep(id: string, login: Login): void {
    this.#sessions.set(id, JSON.parse(JSON.stringify(login)) as Login)
  }

  /** One write at a time, each through a second file: a crash never leaves half a file behind. */
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

function isOver({ cookie: { expires } }: Login): boolean {
  return typeof expires === 'string' && Date.parse(expires) <= Date.now()
}
