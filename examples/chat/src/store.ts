import type { Person } from './hub.js'

/** A login of a user. */
export interface Login {
  readonly person: Person
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** The data of a chat apart from its hub. All servers of a chat share one store. */
export interface Store {
  /** The secret that signs session cookies. */
  readonly secret: string
  /** A login by its id, unless it has ended. */
  login(id: string): Promise<Login | undefined>
  keepLogin(id: string, login: Login): Promise<void>
  /** @returns whether it existed */
  dropLogin(id: string): Promise<boolean>
  /** The users with these ids, as of their last login. */
  people(ids: readonly string[]): Promise<Person[]>
  /** The rooms that were opened, oldest first. */
  rooms(): Promise<string[]>
  addRoom(room: string): Promise<void>
  dropRoom(room: string): Promise<void>
  close(): Promise<void>
}
