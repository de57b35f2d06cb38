import { type Broker, type Connection, type Recovered, type RoomOptions, Router } from '../src/index.js'
import type { TestClient } from '../src/testing/index.js'
import { HubServer } from './hub-server.js'

/** The parts of received messages that the tests check. */
export interface Message {
  readonly type: string
  readonly payload?: unknown
  readonly room?: string
  readonly offset?: number
  readonly epoch?: string
  readonly tag?: string
  readonly id?: unknown
}

/** A connected client. */
export interface ConnectedClient {
  readonly client: TestClient
  readonly connection: Connection
}

/** A hub server whose rooms `log…` keep five messages. */
export function historyServer(broker?: Broker, history: RoomOptions['history'] = { size: 5 }): HubServer {
  const hubServer = new HubServer({ router: new Router(), ...(broker && { broker }) })
  hubServer.hub.createRoom(/^log/, { history })
  return hubServer
}

/** Asks for what was missed in the room `log`. */
export async function recover({ client }: ConnectedClient, payload: object): Promise<Recovered> {
  return client.request('hub:recover', { room: 'log', ...payload })
}

/** The next message of a client. */
export async function next({ client }: ConnectedClient): Promise<Message> {
  return (await client.next()) as Message
}

/** The messages of a client up to a marker that only it gets. */
export async function upToMark(peer: ConnectedClient): Promise<Message[]> {
  peer.connection.emit('mark')
  const got: Message[] = []
  for (let message = await next(peer); message.type !== 'mark'; message = await next(peer)) got.push(message)
  return got
}

/** The payloads of messages. */
export function payloads(messages: readonly Message[]): unknown[] {
  return messages.map(({ payload }) => payload)
}

/** Sends a request of a client without waiting for the answer. */
export function ask({ client }: ConnectedClient, payload: object, id: string | number): void {
  client.send(JSON.stringify({ type: 'hub:recover', payload: { room: 'log', ...payload }, id }))
}
