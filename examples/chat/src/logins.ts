import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Description } from '@wshub/core'
import { unauthorized } from './failures.js'
import type { Person } from './hub.js'
import { LOGIN_LASTS } from './site.js'

/** That somebody is logged in. */
export interface Login {
  readonly person: Person
  /** Milliseconds since 1970. */
  readonly expires: number
}

type Ended = (id: string) => void

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
  readonly #ended: Ended
  readonly #sessions: Map<string, Login>
  #written: Promise<void> = Promise.resolve()

  private constructor(file: string, { secret, sessions }: Contents, ended: Ended) {
    this.secret = secret
    this.#file = file
    this.#ended = ended
    this.#sessions = new Map(Object.entries(sessions))
  }

  /**
   * @param ended is told the id of every login that is ended by its person
   * @throws Error where the folder can't be written to or its file is damaged
   */
  static async open(folder: string, ended: Ended): Promise<Logins> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, 'logins.json')
    const logins = new Logins(file, await read(file), ended)
    await logins.#write()
    return logins
  }

  get(id: string): Login | undefined {
    const login = this.#sessions.get(id)
    return login && isOver(login) ? undefined : login
  }

  /** Logs a person in; a session without one is not kept. */
  async set(id: string, person: Person | undefined): Promise<void> {
    if (!person) return
    this.#sessions.set(id, { person, expires: Date.now() + LOGIN_LASTS })
    await this.#write()
  }

  async delete(id: string): Promise<void> {
    if (!this.#sessions.delete(id)) return
    this.#ended(id)
    await this.#write()
  }

  /** Who a connection of this login is; when the login ends, it ends. @throws HubError `unauthorized` */
  describe(id: string): Description<Person> {
    const login = this.get(id)
    if (!login) throw unauthorized()
    const { person, expires } = login
    return { user: person.id, data: person, session: id, expiresAt: expires }
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

// What an earlier version of the chat has written is over as well.
function isOver({ expires }: Partial<Login>): boolean {
  return !(Number(expires) > Date.now())
}
