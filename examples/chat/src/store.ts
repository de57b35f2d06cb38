import type { Person } from './hub.js'

/** That somebody is logged in. */
export interface Login {
  readonly person: Person
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** What a chat keeps beside what its hub keeps: all servers of one chat look into the same store. */
export interface Store {
  /** What session cookies are signed with. */
  readonly secret: string
  /** A login by its id, unless it is over. */
  login(id: string): Promise<Login | undefined>
  keepLogin(id: string, login: Login): Promise<void>
  /** @returns whether it was there */
  dropLogin(id: string): Promise<boolean>
  /** The people with these ids, as they have logged in last. */
  people(ids: readonly string[]): Promise<Person[]>
  /** The rooms that were opened, oldest first. */
  rooms(): Promise<string[]>
  addRoom(room: string): Promise<void>
  dropRoom(room: string): Promise<void>
  close(): Promise<void>
}
