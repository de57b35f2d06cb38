import { type Connection } from '../src/index.js'
import type { TestClient } from '../src/testing/index.js'
import { HubServer } from './hub-server.js'
import { Network } from './network.js'

export interface ConnectedClient {
  client: TestClient
  connection: Connection
}

export async function pair(): Promise<{ network: Network; here: HubServer; there: HubServer }> {
  const network = new Network()
  const here = new HubServer({ broker: network.broker('here') })
  const there = new HubServer({ broker: network.broker('there') })
  return { network, here, there }
}

export const ann = { user: 'ann', session: 's1', rooms: ['a', 'b'] }

/** The messages of a client before a marker that all clients get. */
export async function upToMark({ client }: ConnectedClient, { hub }: HubServer): Promise<unknown[]> {
  hub.emit('mark')
  const messages: unknown[] = []
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type === 'mark') return messages
    messages.push(message)
  }
}
