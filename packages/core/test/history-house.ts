import { type Broker, type Connection, type Recovered, type RoomOptions, Router } from '../src/index.js'
import type { TestClient } from '../src/testing/index.js'
import { House } from './house.js'

/** What a client is sent, as far as the tests look at it. */
export interface Message {
  readonly type: string
  readonly payload?: unknown
  readonly room?: string
  readonly offset?: number
  readonly epoch?: string
  readonly tag?: string
  readonly id?: unknown
}

/** Somebody who is there. */
export interface Guest {
  readonly client: TestClient
  readonly connection: Connection
}

/** A house whose rooms `log…` keep five messages. */
export function historyHouse(broker?: Broker, history: RoomOptions['history'] = { size: 5 }): House {
  const house = new House({ router: new Router(), ...(broker && { broker }) })
  house.hub.createRoom(/^log/, { history })
  return house
}

/** Asks for what was missed in the room `log`. */
export async function recover({ client }: Guest, payload: object): Promise<Recovered> {
  return client.request('hub:recover', { room: 'log', ...payload })
}

/** The next message of a client. */
export async function next({ client }: Guest): Promise<Message> {
  return (await client.next()) as Message
}

/** What a client has got up to a mark that only it gets. */
export async function upToMark(guest: Guest): Promise<Message[]> {
  guest.connection.emit('mark')
  const got: Message[] = []
  for (let message = await next(guest); message.type !== 'mark'; message = await next(guest)) got.push(message)
  return got
}

/** The payloads of messages. */
export function payloads(messages: readonly Message[]): unknown[] {
  return messages.map(({ payload }) => payload)
}

/** A client's question that is sent without waiting for the answer. */
export function ask({ client }: Guest, payload: object, id: string | number): void {
  client.send(JSON.stringify({ type: 'hub:recover', payload: { room: 'log', ...payload }, id }))
}
