import {
  joinAuthorized,
  joinEnded,
  joinFinished,
  joinRequested,
  joinsClosing,
  joinsGone,
  joinTimedOut,
} from '../../packages/core/src/rooms/join-state.js'
import type { Model, Step } from './explorer.js'
import { answer, type Budget, copyWorld, type Mutant, newServer, perform, plainOf, ROOMS } from './join-world.js'
import type { Server, World } from './join-world.js'
import { violationsOf } from './join-rules.js'
import { hashOf } from './plain.js'

/** The start and the bounds of a run. */
export interface JoinSetup extends Partial<Budget> {
  readonly mutant?: Mutant
  /** The connections of each server; the app removes users on the first server. */
  readonly servers?: readonly (readonly string[])[]
  readonly rooms?: readonly string[]
}

const NOTHING: Budget = { requests: 0, timeouts: 0, leaves: 0, closes: 0, removals: 0, shutdowns: 0 }

type Act = (world: World, server: Server) => void

/** The joins of the clients of some servers, with every event that may happen meanwhile. */
export function joinModel({
  mutant = 'none',
  servers = [['a', 'b']],
  rooms = ROOMS,
  ...left
}: JoinSetup): Model<World> {
  const initial: World = {
    mutant,
    servers: servers.map(newServer),
    permitted: true,
    removals: 0,
    left: { ...NOTHING, ...left },
    broken: [],
  }
  return {
    initial: () => [initial],
    steps: (world) => world.servers.flatMap((server, at) => stepsOf(world, { server, at, rooms })),
    violations: violationsOf,
    key: (world) => hashOf(plainOf(world)),
  }
}

function stepsOf(
  world: World,
  { server, at, rooms }: { readonly server: Server; readonly at: number; readonly rooms: readonly string[] },
): Step<World>[] {
  const steps: Step<World>[] = []
  const add = (label: string, act: Act): void => {
    const run = (): World => {
      const copy = copyWorld(world)
      const own = copy.servers[at]
      if (own) act(copy, own)
      return copy
    }
    steps.push({ label: `${at} ${label}`, run })
  }
  clientSteps(world, server, { rooms, add })
  appSteps(world, server, { at, add })
  linkSteps(server, add)
  return steps
}

type Add = (label: string, act: Act) => void

function clientSteps(
  { left }: World,
  server: Server,
  { rooms, add }: { readonly rooms: readonly string[]; readonly add: Add },
): void {
  for (const connection of server.open) {
    for (const room of rooms) {
      if (left.requests > 0) add(`${connection} joins ${room}`, (...on) => request(on, connection, room))
      if (left.leaves > 0) add(`${connection} leaves ${room}`, (...on) => clientLeaves(on, connection, room))
    }
    if (left.closes > 0) add(`${connection} closes`, (...on) => close(on, connection))
  }
}

function appSteps(
  { left, permitted }: World,
  server: Server,
  { at, add }: { readonly at: number; readonly add: Add },
): void {
  for (const { ticket, allowed } of server.asked) {
    add(`verdict ${ticket}`, (world, one) => {
      one.asked = one.asked.filter((asked) => asked.ticket !== ticket)
      perform(world, one, joinAuthorized(one.joins, ticket, allowed))
    })
    if (left.timeouts > 0) {
      add(`timeout ${ticket}`, (world, one) => {
        world.left.timeouts -= 1
        one.asked = one.asked.filter((asked) => asked.ticket !== ticket)
        perform(world, one, joinTimedOut(one.joins, ticket))
      })
    }
  }
  for (const [ticket, { phase }] of server.joins.tickets) {
    if (phase !== 'entering') continue
    add(`answer ${ticket}`, (world, one) => {
      joinFinished(one.joins, ticket)
      answer(world, one, ticket)
    })
  }
  if (at === 0 && permitted && left.removals > 0) add('removal', (world, one) => remove(world, one))
  if (left.shutdowns > 0 && !server.closing) add('shutdown', (world, one) => shutDown(world, one))
}

function linkSteps(server: Server, add: Add): void {
  const inRoom = [...server.members].some((member) => member.endsWith(' r'))
  if (inRoom && !server.subscribed) add('subscribed', (_, one) => void (one.subscribed = true))
  if (!inRoom && server.subscribed) add('unsubscribed', (_, one) => void (one.subscribed = false))
  if (server.own.length > 0) add('room topic', hearOwn)
  if (server.all.length > 0) add('topic of all', hearAll)
  if (server.late.length > 0) add('late', leaveLate)
}

function request([world, server]: Parameters<Act>, connection: string, room: string): void {
  world.left.requests -= 1
  const open = server.members.has(`${connection} ${room}`)
  const ticket = server.joins.last + 1
  server.requests.push({ ticket, connection, room, answers: 0 })
  perform(world, server, joinRequested(server.joins, { connection, room, open }))
}

function clientLeaves([world, server]: Parameters<Act>, connection: string, room: string): void {
  world.left.leaves -= 1
  end(world, server, connection, room)
  server.members.delete(`${connection} ${room}`)
}

function close([world, server]: Parameters<Act>, connection: string): void {
  world.left.closes -= 1
  server.open.delete(connection)
  joinsGone(server.joins, connection)
  for (const member of server.members) if (member.startsWith(`${connection} `)) server.members.delete(member)
}

function shutDown(world: World, server: Server): void {
  world.left.shutdowns -= 1
  server.closing = true
  if (world.mutant === 'a closing hub lets verdicts through') server.joins.closing = true
  else perform(world, server, joinsClosing(server.joins))
}

/** The app revokes the permission, and then removes every member of the room, here and on the other servers. */
function remove(world: World, server: Server): void {
  world.left.removals -= 1
  world.permitted = false
  world.removals += 1
  execute(world, server)
  for (const other of world.servers) {
    if (other === server) continue
    other.own.push(world.removals)
    if (world.mutant !== 'removals go to subscribers alone') other.all.push(world.removals)
  }
}

function hearOwn(world: World, server: Server): void {
  const id = server.own.shift()
  if (id === undefined || !server.subscribed) return
  server.seen.push(id)
  execute(world, server)
}

function hearAll(world: World, server: Server): void {
  const id = server.all.shift()
  if (id === undefined || server.seen.includes(id)) return
  endAll(world, server)
  const members = [...server.members].filter((member) => member.endsWith(' r'))
  if (members.length > 0) server.late.push({ id, members })
}

function leaveLate(world: World, server: Server): void {
  const late = server.late.shift()
  if (!late || server.seen.includes(late.id) || world.mutant === 'members that are too new are forgotten') return
  for (const member of late.members) leave(world, server, member)
}

function execute(world: World, server: Server): void {
  endAll(world, server)
  for (const member of server.members) if (member.endsWith(' r')) leave(world, server, member)
}

function endAll(world: World, server: Server): void {
  for (const { connection, room } of server.joins.tickets.values())
    if (room === 'r') end(world, server, connection, room)
}

function leave(world: World, server: Server, member: string): void {
  const [connection = '', room = ''] = member.split(' ')
  end(world, server, connection, room)
  server.members.delete(member)
}

function end(world: World, server: Server, connection: string, room: string): void {
  if (world.mutant === 'a removal leaves joins in progress alone') return
  const { joins } = server
  const ticket = joins.connections.get(connection)?.rooms.get(room)
  const wasAuthorizing = ticket !== undefined && joins.tickets.get(ticket)?.phase === 'authorizing'
  perform(world, server, joinEnded(joins, { connection, room, code: 'left' }))
  if (world.mutant !== 'a join that was given up frees its slot' || !wasAuthorizing) return
  perform(world, server, joinTimedOut(joins, ticket))
}
