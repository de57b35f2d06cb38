import { type Broker, type BrokerHistory, type Connection, type Recovered, Router } from '../src/index.js'
import { MemoryNetwork, type TestClient } from '../src/testing/index.js'
import { HubServer } from './hub-server.js'

export const HISTORY = { size: 5, ttl: 60_000 }

export interface ConnectedClient {
  readonly client: TestClient
  readonly connection: Connection
}

export interface ServerPair {
  readonly here: HubServer
  readonly there: HubServer
}

export function logServer(options: ConstructorParameters<typeof HubServer>[0] = {}): HubServer {
  const made = new HubServer({ router: new Router(), ...options })
  made.hub.createRoom(/^log/, { history: HISTORY })
  return made
}

export function oneServer(): ServerPair {
  const here = logServer()
  return { here, there: here }
}

export function twoServers(): ServerPair {
  const network = new MemoryNetwork()
  return { here: logServer({ broker: network.broker() }), there: logServer({ broker: network.broker() }) }
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

export const recover = async ({ client }: ConnectedClient, payload: object): Promise<Recovered> =>
  client.request('hub:recover', { room: 'log', ...payload })

/** The payloads that a client has got up to a mark that every client gets. */
export async function upToMark({ client }: ConnectedClient, { hub }: HubServer): Promise<unknown[]> {
  hub.emit('mark')
  const got: unknown[] = []
  for (;;) {
    const message = (await client.next()) as { type: string; payload?: unknown }
    if (message.type === 'mark') return got
    got.push(message.payload)
  }
}

export const emitted = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
