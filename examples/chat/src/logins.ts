import type { Identity } from '@wshub/core'
import { unauthorized } from './failures.js'
import type { Person } from './hub.js'
import { LOGIN_LASTS } from './site.js'
import type { Login, Store } from './store.js'

type Ended = (id: string) => void

/** The logins. The session middleware of each framework reads and writes them. */
export class Logins {
  readonly #store: Store
  readonly #ended: Ended

  /** @param ended called with the id of each login whose user logs out */
  constructor(store: Store, ended: Ended) {
    this.#store = store
    this.#ended = ended
  }

  /** The secret that signs session cookies. */
  get secret(): string {
    return this.#store.secret
  }

  get(id: string): Promise<Login | undefined> {
    return this.#store.login(id)
  }

  /** Logs a user in. Sessions without a user are not kept. */
  async set(id: string, person: Person | undefined): Promise<void> {
    if (person) await this.#store.keepLogin(id, { person, expires: Date.now() + LOGIN_LASTS })
  }

  async delete(id: string): Promise<void> {
    if (await this.#store.dropLogin(id)) this.#ended(id)
  }

  /** The identity of a connection with this login; it expires with the login. @throws HubError `unauthorized` */
  async describe(id: string): Promise<Identity<Person>> {
    const login = await this.get(id)
    if (!login) throw unauthorized()
    const { person, expires } = login
    return { user: person.id, data: person, session: id, expiresAt: expires }
  }
}
