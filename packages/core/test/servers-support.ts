import { type Connection } from '../src/index.js'
import type { TestClient } from '../src/testing/index.js'
import { House } from './house.js'
import { Network } from './network.js'

export interface Guest {
  client: TestClient
  connection: Connection
}

export async function pair(): Promise<{ network: Network; here: House; there: House }> {
  const network = new Network()
  const here = new House({ broker: network.broker('here') })
  const there = new House({ broker: network.broker('there') })
  return { network, here, there }
}

export const ann = { user: 'ann', session: 's1', rooms: ['a', 'b'] }

/** What a guest got before a mark that everybody gets. */
export async function upToMark({ client }: Guest, { hub }: House): Promise<unknown[]> {
  hub.emit('mark')
  const messages: unknown[] = []
  for (;;) {
    const message = await client.next()
    if ((message as { type?: string }).type === 'mark') return messages
    messages.push(message)
  }
}
