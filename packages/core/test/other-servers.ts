import { randomUUID } from 'node:crypto'
import { decodeMessage, encodeMessage } from '../src/cluster/cluster-message.js'
import type { Broker, BrokerEvents, ConnectionPage, ListOptions, Servers } from '../src/index.js'
import { Router } from '../src/index.js'
import type { MemoryNetwork } from '../src/testing/index.js'
import { HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { until } from '../../../test/support/wait.js'

const QUIET: BrokerEvents = {
  failed: () => {},
  discarded: () => {},
  restored: () => {},
  restarted: () => {},
  presence: () => {},
}

/** Hubs on the servers of a network, each of which knows all others. */
export async function cluster(network: MemoryNetwork, size: number): Promise<HubServer[]> {
  const hubServers = Array.from(
    { length: size },
    () => new HubServer({ router: new Router(), broker: network.broker() }),
  )
  await until(async () => (await Promise.all(hubServers.map(knownServers))).every((known) => known === size))
  return hubServers
}

/** How many servers this one knows, itself included. */
export async function knownServers({ hub }: HubServer): Promise<number> {
  return ((await partsOf(hub).presence.otherServers())?.size ?? 0) + 1
}

/** What the app on a server sees of the servers of its hub. */
export function serversOf({ hub }: HubServer): Servers {
  return hub.servers
}

/** The id of a server. */
export function idOf({ hub }: HubServer): string {
  return hub.servers.id
}

/** A server that is among those that live, gets questions, and answers them with the given function. @returns its id */
export async function fakeServer(
  network: MemoryNetwork,
  answer: (about: unknown) => object | undefined,
): Promise<{ readonly id: string; readonly broker: Broker }> {
  const broker = network.broker()
  const id = randomUUID()
  await broker.connect((_, bytes) => {
    const { question } = decodeMessage(bytes) ?? {}
    const payload = question && answer(question.about)
    if (!payload) return
    const address = { scope: 'server', names: [question.server], except: new Set<string>() } as const
    const said = { id: undefined, address, answer: { id: question.id, server: id, ...payload } }
    void broker.publish(`hub/server/${question.server}`, encodeMessage(said))
  }, QUIET)
  await broker.subscribe(`hub/server/${id}`)
  await broker.subscribe('hub/server/')
  await enter(broker, id)
  return { id, broker }
}

/** Enters a server among those that live. */
export async function enter(broker: Broker, id: string): Promise<void> {
  const lease = id.replaceAll('-', '').slice(0, 16)
  await broker.presence?.open(lease)
  const add = [{ user: id, connection: id, age: 0 }]
  await broker.presence?.sync('hub/server/', { lease, base: '', digest: 'x', add, remove: [], notify: false })
}

/** All pages of a list. */
export async function pages({ hub }: HubServer, options: ListOptions): Promise<ConnectionPage[]> {
  const all: ConnectionPage[] = []
  for (let cursor: string | undefined; all.length === 0 || cursor !== undefined;) {
    const page = await hub.list({ cluster: true, ...options, cursor })
    if (all.push(page) > 1000) throw new Error('The list does not end.')
    cursor = page.cursor
  }
  return all
}

/** The ids of the connections in pages, in the order of the pages. */
export function idsIn(all: readonly ConnectionPage[]): string[] {
  return all.flatMap(({ connections }) => connections.map(({ id }) => id))
}
