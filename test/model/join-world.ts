import { type JoinEffect, type JoinsState, newJoins } from '../../packages/core/src/rooms/join-state.js'

// The parts of the model of joins: servers with connections that ask to join rooms, an app that decides by the permission at
// the time of the call of `authorize`, and removals that are sent between the servers.

export type Mutant =
  | 'none'
  | 'a removal leaves joins in progress alone'
  | 'removals go to subscribers alone'
  | 'members that are too new are forgotten'
  | 'a join that was given up frees its slot'
  | 'a closing hub lets verdicts through'

/** A room for which the app revokes the permission, and one for which it does not. */
export const ROOMS = ['r', 's'] as const

/** A call of `authorize`, with the permission at the time of the call. */
export interface Asked {
  readonly ticket: number
  readonly allowed: boolean
}

/** A request of a client, and how often it was answered. */
export interface Asking {
  readonly ticket: number
  readonly connection: string
  readonly room: string
  answers: number
}

export interface Server {
  joins: JoinsState
  /** Memberships, each as the text `connection room`. */
  members: Set<string>
  open: Set<string>
  asked: Asked[]
  requests: Asking[]
  /** Whether messages to the room `r` arrive. */
  subscribed: boolean
  /** Removals in transit on the topic of the room, and those on the topic of all servers. */
  own: number[]
  all: number[]
  /** Members that leave later, unless the removal arrives on the topic of the room. */
  late: { readonly id: number; readonly members: readonly string[] }[]
  seen: number[]
  closing: boolean
}

/** How often each event may still happen. */
export interface Budget {
  requests: number
  timeouts: number
  leaves: number
  closes: number
  removals: number
  shutdowns: number
}

export interface World {
  mutant: Mutant
  servers: Server[]
  /** Whether the app allows the room `r`. */
  permitted: boolean
  removals: number
  left: Budget
  broken: string[]
}

const LIMITS = { runningPerConnection: 1, running: 2, waitingPerConnection: 1, waiting: 2 }

export function newServer(connections: readonly string[]): Server {
  return {
    joins: newJoins(LIMITS),
    members: new Set(),
    open: new Set(connections),
    asked: [],
    requests: [],
    subscribed: false,
    own: [],
    all: [],
    late: [],
    seen: [],
    closing: false,
  }
}

/** Performs the effects of the joins of a server. */
export function perform(world: World, server: Server, effects: readonly JoinEffect[]): void {
  for (const effect of effects) {
    const { ticket } = effect
    const request = server.requests.find((one) => one.ticket === ticket)
    if (effect.do === 'authorize') server.asked.push({ ticket, allowed: request?.room === 's' || world.permitted })
    else if (effect.do !== 'enter') answer(world, server, ticket)
    else if (request) enter(world, server, request)
  }
}

/** The client gets an answer. */
export function answer(world: World, server: Server, ticket: number): void {
  const request = server.requests.find((one) => one.ticket === ticket)
  if (!request || !server.open.has(request.connection)) return void world.broken.push('an answer goes to nobody')
  request.answers += 1
  if (request.answers > 1) world.broken.push('a request is answered twice')
}

function enter(world: World, server: Server, { connection, room }: Asking): void {
  if (!server.open.has(connection)) world.broken.push('a closed connection joins')
  if (server.closing) world.broken.push('a connection joins while the hub closes')
  server.members.add(`${connection} ${room}`)
}

/** A copy that can be changed without changing the original. What is never changed is shared. */
export function copyWorld(world: World): World {
  return { ...world, servers: world.servers.map(copyServer), left: { ...world.left }, broken: [...world.broken] }
}

function copyServer(server: Server): Server {
  return {
    ...server,
    joins: copyJoins(server.joins),
    members: new Set(server.members),
    open: new Set(server.open),
    asked: [...server.asked],
    requests: server.requests.map((one) => ({ ...one })),
    own: [...server.own],
    all: [...server.all],
    late: [...server.late],
    seen: [...server.seen],
  }
}

function copyJoins(joins: JoinsState): JoinsState {
  const copy: JoinsState = { ...joins, tickets: new Map(), connections: new Map(), ready: new Set(joins.ready) }
  for (const [ticket, join] of joins.tickets) copy.tickets.set(ticket, { ...join })
  for (const [id, { running, waiting, rooms }] of joins.connections) {
    copy.connections.set(id, { running, waiting: [...waiting], rooms: new Map(rooms) })
  }
  return copy
}

/** The value as plain data, for a hash. */
export function plainOf(value: unknown): object | string | number | boolean | undefined {
  if (value instanceof Map) return [...value].map(([key, one]) => [key, plainOf(one)])
  if (value instanceof Set) return [...value]
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value !== 'object' || value === null) return value as string
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainOf(one)]))
}
