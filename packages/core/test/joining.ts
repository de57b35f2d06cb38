import { type Connection, type HubOptions, type RoomOptions, Router } from '../src/index.js'
import type { TestClient } from '../src/testing/index.js'
import { HubServer } from './hub-server.js'

/** A client that joins rooms. */
export interface Joiner {
  readonly client: TestClient
  readonly connection: Connection
}

/** How a request of a client ended: the payload of the reply, or the code of the error. */
export type Ending = { readonly reply: unknown } | { readonly error: string }

/** A call of `authorize` that the test settles. */
export interface Held {
  readonly room: string
  readonly user: string | undefined
  readonly allow: (verdict?: unknown) => void
  readonly fail: (error: unknown) => void
}

/** A hub server whose rooms `open:…` anybody may join, and whose rooms `held:…` wait for the test. */
export class JoinServer extends HubServer {
  /** The pending calls of `authorize`, oldest first. */
  readonly asked: Held[] = []

  constructor(options: HubOptions = {}, room: Omit<RoomOptions, 'authorize'> = {}) {
    super({ router: new Router(), ...options })
    this.hub.createRoom(/open:.*/, { ...room, authorize: () => true })
    this.hub.createRoom(/held:.*/, { ...room, authorize: ({ user }, query) => this.#hold(user, query.room) })
  }

  #hold(user: string | undefined, room: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.asked.push({ room, user, allow: (verdict = true) => resolve(verdict as boolean), fail: reject })
    })
  }
}

/** Joins a room. @returns the outcome */
export function join({ client }: Joiner, room: string, payload: object = {}): Promise<Ending> {
  return ask({ client }, 'hub:join', { room, ...payload })
}

/** Sends a request. @returns the outcome */
export async function ask({ client }: Pick<Joiner, 'client'>, type: string, payload: object = {}): Promise<Ending> {
  try {
    return { reply: await client.request(type, payload) }
  } catch (error) {
    return { error: (error as { code?: string }).code ?? String(error) }
  }
}
