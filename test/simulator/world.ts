import { createServer, type Server } from 'node:http'
import { duplexPair } from 'node:stream'
import { attach, Hub, Router } from '@wshub/core'
import { Upgrader } from '@wshub/core/adapter'
import WebSocket from 'ws'
import type { Findings } from '../faults/nemesis/judge.js'
import { ProtocolClient } from '../faults/nemesis/protocol-client.js'
import type { Emission } from '../faults/nemesis/timeline.js'
import { Random } from '../support/random.js'
import type { SimulatedBroker } from './broker.js'
import { Appends } from './appends.js'
import { problemsOf } from './checker.js'
import { type Coverage, SimulatedNetwork } from './network.js'
import { type Action, ROOMS, SERVERS, type Schedule } from './schedule.js'
import { LEASE_MS } from './store.js'
import { RoomClients } from './room-clients.js'

export const TIMEOUT = 400
const CHECK = 5000

interface SimulatedServer {
  readonly hub: Hub
  readonly broker: SimulatedBroker
  readonly http: Server
  alive: boolean
}

/** The outcome of a schedule. */
export interface Outcome {
  readonly problems: readonly string[]
  readonly findings: Findings
  readonly coverage: Coverage
}

/** Real hubs and real WebSocket connections in virtual time, under a schedule of faults. */
export class Simulation {
  readonly #network: SimulatedNetwork
  readonly #servers: SimulatedServer[] = []
  readonly #clients: ProtocolClient[] = []
  readonly #emissions: Emission[] = []
  readonly #appends = new Appends()
  readonly #killed = new Map<number, number>()
  readonly #roomClients = new RoomClients({
    servers: this.#servers,
    connect: (server, user, rooms) => this.#connect(server, user, rooms),
  })
  readonly #schedule: Schedule
  /** When the last fault is over, on the clock of `Date.now()`. */
  #faultyUntil = 0

  constructor(schedule: Schedule) {
    this.#schedule = schedule
    this.#network = new SimulatedNetwork(new Random(schedule.seed))
  }

  /** @param pass lets virtual time pass */
  async run(pass: (ms: number) => Promise<void>): Promise<Outcome> {
    for (let at = 0; at < SERVERS; at += 1) this.#servers.push(newServer(this.#network.broker(TIMEOUT)))
    for (const [at] of this.#servers.entries())
      for (const name of ['stays', 'away']) this.#join(at, `${name}${at}`, membersOf(at))
    this.#roomClients.open()
    await pass(500)
    let now = 0
    for (const action of this.#schedule.actions) {
      await pass(action.at - now)
      now = action.at
      this.#do(action)
    }
    this.#heal()
    const healedAt = Date.now()
    const wrong = await this.#judgePresence(pass)
    await pass(Math.max(0, healedAt + CHECK + TIMEOUT - Date.now()))
    const deaf = [...(await this.#probe(pass)), ...(await this.#probe(pass))]
    const { store, coverage } = this.#network
    const timelines = this.#clients.flatMap((client) => client.timelines)
    const outcome = problemsOf({
      timelines,
      emissions: this.#emissions,
      appends: this.#appends,
      store,
      killed: this.#killed,
    })
    await this.#close(pass)
    return { ...outcome, problems: [...deaf, ...wrong, ...outcome.problems], coverage }
  }

  #do({ do: what, server = 0, room = '', user = '', ms = 0 }: Action): void {
    const it = this.#servers[server]
    if (what === 'emit') this.#emit(server, room)
    if (what === 'hang') this.#network.hang()
    if (what === 'resume') this.#network.resume()
    if (what === 'save') this.#network.save()
    if (what === 'rollback') this.#network.rollBack()
    if (what === 'flush') this.#network.flush()
    if (what === 'cut') it?.broker.cut()
    if (what === 'mend') void it?.broker.mend().catch(() => {})
    if (what === 'stall')
      it?.broker.pipes[(['up', 'down', 'subscriber'] as const)[ms % 3] ?? 'up'].stall(Date.now() + ms)
    if (what === 'starve') it?.broker.starve(ms)
    if (what === 'stall' || what === 'starve') this.#faultyUntil = Math.max(this.#faultyUntil, Date.now() + ms)
    if (what === 'leave') void this.#away(server)?.drop()
    if (what === 'return') this.#open(this.#away(server))
    if (what === 'kill' && it) this.#kill(server, it)
    if (what === 'come') this.#roomClients.come(server, user, room)
    if (what === 'go') this.#roomClients.go(server, user, room)
    if (what === 'read') void this.#roomClients.read(server, room)
    if (what === 'read') this.#roomClients.restate(server, user, room)
  }

  #heal(): void {
    this.#network.resume()
    for (const { broker } of this.#servers) void broker.mend().catch(() => {})
    for (const client of this.#clients) this.#open(client)
    for (const [at, { alive }] of this.#servers.entries()) if (alive) this.#join(at, `new${at}`, ROOMS)
  }

  #kill(at: number, server: SimulatedServer): void {
    server.alive = false
    this.#killed.set(at, performance.now())
    server.broker.kill()
    this.#roomClients.kill(at)
    for (const client of this.#clients.filter((one) => one.server === at)) {
      client.server = (at + 1) % SERVERS
      void client.drop().then(() => this.#open(client))
    }
  }

  /** Within two leases after the last fault each server and each member knows the connected users. */
  async #judgePresence(pass: (ms: number) => Promise<void>): Promise<readonly string[]> {
    const left = Math.max(0, this.#faultyUntil - Date.now())
    await pass(left + 2 * LEASE_MS)
    let problems: readonly string[] = ['presence: a list does not come']
    void this.#roomClients.problems().then((found) => (problems = found))
    await pass(TIMEOUT)
    return problems
  }

  #emit(server: number, room: string): void {
    const it = this.#servers[server]
    if (!it?.alive) return
    const id = `#${server}.${this.#emissions.length}#`
    const emission = { id, room, server, at: performance.now() }
    this.#emissions.push(emission)
    if (this.#emissions.length % 3 === 0) this.#appends.append(it.hub, emission)
    else it.hub.room(room).emit('said', { id })
  }

  async #probe(pass: (ms: number) => Promise<void>): Promise<string[]> {
    const from = this.#emissions.length
    for (const at of this.#servers.keys()) for (const room of ROOMS) this.#emit(at, room)
    await pass(TIMEOUT)
    return this.#emissions
      .slice(from)
      .flatMap(({ room, id, server }) =>
        this.#clients
          .filter((client) => client.options.rooms.includes(room) && !client.saw(room, id))
          .map((client) => `deaf: ${client.options.name} in ${room} on server ${client.server} from ${server}`),
      )
  }

  #away(server: number): ProtocolClient | undefined {
    return this.#clients.find(({ options }) => options.name === `away${server}`)
  }

  #join(server: number, name: string, rooms: readonly string[]): void {
    const connect = (at: number, user: string, names: readonly string[]): WebSocket => this.#connect(at, user, names)
    const client = new ProtocolClient(server, { name, rooms, connect })
    this.#clients.push(client)
    this.#open(client)
  }

  #connect(server: number, user: string, rooms: readonly string[]): WebSocket {
    const [near, far] = duplexPair()
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    const url = `ws://localhost/?user=${user}&rooms=${rooms.join(',')}`
    const socket = new WebSocket(url, { createConnection: () => near as never })
    this.#servers[server]?.http.emit('connection', far)
    return socket
  }

  #open(client: ProtocolClient | undefined): void {
    if (client?.gone) void client.open().catch(() => {})
  }

  async #close(pass: (ms: number) => Promise<void>): Promise<void> {
    this.#roomClients.close()
    const ends = this.#clients.map((client) => client.drop())
    for (const { hub } of this.#servers) ends.push(hub.close({ within: 10 }))
    await pass(2000)
    await Promise.all(ends)
  }
}

/** Each room has one server without members. */
function membersOf(server: number): string[] {
  return ROOMS.filter((_, index) => (index + server) % SERVERS !== 0)
}

function newServer(broker: SimulatedBroker): SimulatedServer {
  const hub = new Hub({
    router: new Router(),
    broker,
    onError: () => {},
    limits: { maxBufferedBytes: 64 * 1024 * 1024 },
  })
  hub.createRoom(/^log/, { history: { size: 1000, ttl: 600_000 } })
  hub.createRoom(/^presence/, { presence: true })
  const gate = new Upgrader(hub)
  const http = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    const who = { user: query.get('user') ?? '', rooms: (query.get('rooms') ?? '').split(',') }
    const admitted = gate.admit(request, { host: request.headers.host, address: undefined, secure: false }, () => who)
    void admitted.then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
  })
  attach(http)
  return { hub, broker, http, alive: true }
}
