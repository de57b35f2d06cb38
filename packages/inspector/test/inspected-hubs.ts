import { randomUUID } from 'node:crypto'
import type { Identity } from '@wshub/core'
import { MemoryNetwork, type TestClient } from '@wshub/core/testing'
import { Inspector, type InspectorAnswer, type InspectorOptions, type InspectorRequest } from '@wshub/inspector'
import type { HubServer } from '../../core/test/hub-server.js'
import { cluster, enter } from '../../core/test/other-servers.js'

/** An answer with its body as JSON. */
export interface JsonAnswer extends InspectorAnswer {
  readonly value: unknown
}

/** One client of a hub. */
export interface Peer {
  readonly client: TestClient
  readonly id: string
}

/** Servers of one hub, each with an inspector; the first one answers. */
export class InspectedHubs {
  readonly network: MemoryNetwork
  readonly servers: readonly HubServer[]
  readonly #inspectors: readonly Inspector[]

  private constructor(network: MemoryNetwork, servers: readonly HubServer[], inspectors: readonly Inspector[]) {
    this.network = network
    this.servers = servers
    this.#inspectors = inspectors
  }

  /** @param inspected how many of the servers have an inspector. @default all of them */
  static async open(size: number, options: InspectorOptions = {}, inspected = size): Promise<InspectedHubs> {
    const network = new MemoryNetwork()
    const servers = await cluster(network, size)
    const inspectors = servers.slice(0, inspected).map(({ hub }) => new Inspector(hub, options))
    return new InspectedHubs(network, servers, inspectors)
  }

  /** The ids of the servers. */
  get ids(): string[] {
    return this.servers.map(({ hub }) => hub.servers.id)
  }

  /** Connects a client to a server. */
  async connect(server: number, identity: Identity = {}): Promise<Peer> {
    const connected = await this.servers[server]?.connect(identity)
    if (!connected) throw new Error(`expected ${server + 1} servers`)
    return { client: connected.client, id: connected.connection.id }
  }

  /** Adds a server that has crashed, whose lease has not expired yet. @returns its id */
  async crash(): Promise<string> {
    const id = randomUUID()
    await enter(this.network.broker(), id)
    return id
  }

  /** Sends a request to the inspector of the first server. @throws Error if the inspector has no such path */
  async ask(url: string, request: Partial<InspectorRequest> = {}): Promise<JsonAnswer> {
    const [path = ''] = url.split('?', 1)
    const answer = await this.#inspectors[0]?.answer({
      method: 'GET',
      path,
      url: `/hub${url}`,
      headers: {},
      ...request,
    })
    if (!answer) throw new Error(`expected an answer at ${url}`)
    const isJson = answer.headers['content-type']?.startsWith('application/json')
    return { ...answer, value: isJson ? JSON.parse(String(answer.body)) : undefined }
  }

  /** The JSON that the first server answers. */
  async read<Value>(url: string): Promise<Value> {
    return (await this.ask(url)).value as Value
  }

  /** Sends the request of a button of the page. */
  act(url: string, headers: InspectorRequest['headers'] = { 'x-wshub-inspector': '1' }): Promise<JsonAnswer> {
    return this.ask(url, { method: 'POST', headers })
  }
}
