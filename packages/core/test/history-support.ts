import { type Broker, type BrokerHistory, type Connection, type Recovered, Router } from '../src/index.js'
import { MemoryNetwork, type TestClient } from '../src/testing/index.js'
import { House } from './house.js'

export const HISTORY = { size: 5, ttl: 60_000 }

export interface Guest {
  readonly client: TestClient
  readonly connection: Connection
}

export interface Place {
  readonly here: House
  readonly there: House
}

export function house(options: ConstructorParameters<typeof House>[0] = {}): House {
  const made = new House({ router: new Router(), ...options })
  made.hub.createRoom(/^log/, { history: HISTORY })
  return made
}

export function alone(): Place {
  const here = house()
  return { here, there: here }
}

export function two(): Place {
  const network = new MemoryNetwork()
  return { here: house({ broker: network.broker() }), there: house({ broker: network.broker() }) }
}

/** A broker with other functions of its history. */
export function withHistory(broker: Broker, replaced: (history: BrokerHistory) => Partial<BrokerHistory>): Broker {
  const { history } = broker
  if (!history) throw new Error('expected a history')
  return overriding(broker, { history: overriding(history, replaced(history)) })
}

function overriding<T extends object>(target: T, changed: Partial<T>): T {
  return new Proxy(target, {
    get: (of, key) => {
      if (key in changed) return Reflect.get(changed, key) as unknown
      const value: unknown = Reflect.get(of, key, of)
      return typeof value === 'function' ? (value.bind(of) as unknown) : value
    },
  })
}

export const recover = async ({ client }: Guest, payload: object): Promise<Recovered> =>
  client.request('hub:recover', { room: 'log', ...payload })

/** The payloads that a client has got up to a mark that everybody gets. */
export async function upToMark({ client }: Guest, { hub }: House): Promise<unknown[]> {
  hub.emit('mark')
  const got: unknown[] = []
  for (;;) {
    const message = (await client.next()) as { type: string; payload?: unknown }
    if (message.type === 'mark') return got
    got.push(message.payload)
  }
}

export const emitted = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
