import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisBrokerOptions } from '@wshub/redis'
import WebSocket from 'ws'
import { Random } from '../../support/random.js'
import { until } from '../../support/wait.js'
import type { Library } from './libraries.js'
import { ProtocolClient } from './protocol-client.js'
import type { NemesisServer } from './servers.js'
import type { Store } from './stores.js'
import type { Emission } from './timeline.js'

/** The most milliseconds between two checks of the positions of its rooms by a server. */
export const CHECK = 5000

export const OPTIONS = { timeout: 400, lease: 900 } satisfies RedisBrokerOptions

const SERVERS = 3
export const ROOMS = Array.from({ length: 12 }, (_, n) => `log${n}`)
const PRESENCE = 'presence'

/** The parts of a run. */
export interface Setup {
  readonly library: Library
  readonly store: Store
  readonly seed: number
  readonly options: { readonly timeout: number; readonly lease: number }
  /** Runs without the fault, to show that its signs do not appear by themselves. */
  readonly harmless?: boolean
}

/** Several servers, their store and their clients, with everything that happened to them. */
export class World {
  readonly random: Random
  readonly setup: Setup
  readonly servers: NemesisServer[] = []
  readonly clients: ProtocolClient[] = []
  readonly emissions: Emission[] = []
  readonly killed = new Map<number, number>()
  /** Signs that the fault happened, by name. */
  readonly signs: Record<string, boolean | number> = {}
  /** Outages of the room that had the most, if the fault counts them. */
  outages: number | undefined
  #count = 0
  #talking: Promise<void> | undefined
  readonly #talk = { on: false }

  constructor(setup: Setup) {
    this.setup = setup
    this.random = new Random(setup.seed)
  }

  /** Milliseconds after which Redis counts as down. */
  get timeout(): number {
    return this.setup.options.timeout
  }

  /** Milliseconds of a presence lease. */
  get lease(): number {
    return this.setup.options.lease
  }

  get store(): Store {
    return this.setup.store
  }

  /** Reads and changes the store without the servers. */
  get reader(): Store['reader'] {
    return this.setup.store.reader
  }

  /** Causes the fault, unless the run is one without it. */
  async harm(action: () => unknown): Promise<void> {
    if (!this.setup.harmless) await action()
  }

  /** Whether a server has members in a room while the fault lasts. Each room has one server without members. */
  static hasMembers(server: number, room: string): boolean {
    return (server + Number(room.slice(3))) % SERVERS !== 0
  }

  async open(): Promise<void> {
    const { library, store, options } = this.setup
    for (let at = 0; at < SERVERS; at += 1) this.servers.push(store.server(at, library, options))
    await Promise.all(this.servers.map((server) => server.ready))
    for (const server of this.servers.keys()) {
      const rooms = ROOMS.filter((room) => World.hasMembers(server, room))
      await this.join(server, `stays${server}`, [...rooms, PRESENCE])
      await this.join(server, `away${server}`, [...rooms, PRESENCE])
    }
    await this.heard(await this.emitEverywhere())
  }

  async join(server: number, name: string, rooms: readonly string[]): Promise<ProtocolClient> {
    const connect = async (at: number, user: string, names: readonly string[]): Promise<WebSocket> =>
      new WebSocket(`ws://127.0.0.1:${await this.servers[at]?.port}/ws?user=${user}&rooms=${names.join(',')}`)
    const client = new ProtocolClient(server, { name, rooms, connect })
    this.clients.push(client)
    await client.open()
    return client
  }

  /** Emits one message. */
  emit(server: number, room: string): Emission {
    this.#count += 1
    const emission = { id: `#${server}.${this.#count}#`, room, server, at: performance.now() }
    this.emissions.push(emission)
    void this.servers[server]?.emit(room, emission.id)
    return emission
  }

  /** Emits one message from each living server in each room. */
  async emitEverywhere(): Promise<Emission[]> {
    const living = [...this.servers.keys()].filter((server) => !this.killed.has(server))
    return ROOMS.flatMap((room) => living.map((server) => this.emit(server, room)))
  }

  /** The (receiving server, room, sending server) triples in which a client has not received these messages. */
  unheard(emissions: readonly Emission[]): string[] {
    return emissions.flatMap(({ room, id, server }) =>
      this.clients
        .filter((client) => client.connected && client.options.rooms.includes(room) && !client.saw(room, id))
        .map((client) => `${room} on server ${client.server} from ${server}`),
    )
  }

  /** Clients that do not receive a message that their own server sends beside the history, after all earlier messages. */
  async stuck(): Promise<string[]> {
    const id = `#direct.${performance.now()}#`
    const here = this.clients.filter(({ connected }) => connected)
    for (const [server, it] of this.servers.entries()) {
      if (!this.killed.has(server)) for (const room of ROOMS) void it.direct(room, id)
    }
    const missing = (): string[] =>
      here.flatMap(({ direct, options, server }) =>
        options.rooms.flatMap((room) =>
          room === PRESENCE || direct.has(`${room} ${id}`) ? [] : `${room} on server ${server}`,
        ),
      )
    await until(() => missing().length === 0, 2 * this.timeout).catch(() => {})
    return missing()
  }

  async heard(emissions: readonly Emission[], ms = 5000): Promise<void> {
    await until(() => this.unheard(emissions).length === 0, ms)
  }

  /** Emits from every server into random rooms until `quiet`. @param perSecond messages of all servers together */
  talk(perSecond = 200): void {
    this.#talk.on = true
    this.#talking = this.#emitUntilQuiet(perSecond)
  }

  async quiet(): Promise<void> {
    this.#talk.on = false
    await this.#talking
  }

  /** Disconnects the clients that are away while the fault lasts. */
  async leave(): Promise<void> {
    await Promise.all(this.#away().map((client) => client.drop()))
  }

  async comeBack(): Promise<void> {
    await Promise.all(this.#away().map(async (client) => client.gone && client.open()))
  }

  /** Connects the clients of a failed server to another server. */
  async moveFrom(server: number): Promise<void> {
    const moved = this.clients.filter((client) => client.server === server)
    for (const client of moved) client.server = (server + 1) % this.servers.length
    await Promise.all(moved.map(async (client) => client.drop().then(() => client.open())))
  }

  /** The users that are connected. */
  get present(): string[] {
    return this.clients
      .flatMap(({ connected, options }) => (connected && options.rooms.includes(PRESENCE) ? options.name : []))
      .toSorted()
  }

  /** Servers whose list of users differs from the connected users. Resolves when there are none, or at the deadline. */
  async falsePresence(deadline: number): Promise<string[]> {
    for (;;) {
      const living = this.servers.filter((_, at) => !this.killed.has(at))
      const known = await Promise.all(
        living.map((server) => server.presence(PRESENCE).catch((error) => [String(error)])),
      )
      const wrong = known.flatMap((users, at) =>
        users.join() === this.present.join() ? [] : `server ${at}: ${users.join()}`,
      )
      if (wrong.length === 0 || performance.now() > deadline) return wrong
      // The interval of the checks.
      await sleep(50)
    }
  }

  async close(): Promise<void> {
    await this.quiet()
    await Promise.all(this.clients.map((client) => client.drop()))
    await Promise.all(this.servers.map((server) => server.close()))
    await this.store.close()
  }

  #away(): ProtocolClient[] {
    return this.clients.filter(({ options, server }) => options.name.startsWith('away') && !this.killed.has(server))
  }

  async #emitUntilQuiet(perSecond: number): Promise<void> {
    const begun = performance.now()
    // The load: emits every 5 ms as many messages as are due.
    for (let sent = 0; this.#talk.on; await sleep(5)) {
      // After a stall of this process, at most 50 messages are emitted at once.
      const due = ((performance.now() - begun) / 1000) * perSecond
      for (sent = Math.max(sent, due - 50); sent < due; sent += 1) {
        const server = this.random.below(this.servers.length)
        if (!this.killed.has(server)) this.emit(server, this.random.of(ROOMS))
      }
    }
  }
}
