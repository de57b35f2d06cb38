import { leaseOpened, leaseRenewed, newLease } from '../../packages/core/src/presence/lease-state.js'
import {
  newTopic,
  nextEffect,
  topicChanged,
  topicChecked,
  topicEvent,
  topicSubscribed,
  topicListed,
  topicListFailed,
  topicPaged,
  topicRead,
  topicRenamed,
  topicReplayed,
  topicSynced,
  topicUnsubscribed,
} from '../../packages/core/src/presence/presence-state.js'
import type { LocalMember } from '../../packages/core/src/presence/presence-members.js'
import type { PresenceSync } from '../../packages/core/src/cluster/broker-presence.js'
import {
  type Command,
  execute,
  fresh,
  isOccupied,
  NOW,
  type Reply,
  type Server,
  usersAmong,
  type World,
} from './presence-world.js'
import { answerAlone, countOf, notifyMembers, viewOf } from './presence-notified.js'

// The shell around the pure code of presence, one step at a time.

/** @param users undefined without members; empty if the only member has no user @param limit the most users that members get by name */
export function newServer(users: readonly string[] | undefined, n: number, limit: number): Server {
  return {
    alive: true,
    leases: newLease(),
    topic: newTopic({ limit }),
    here: (users ?? []).map((user) => memberOn(n, user)),
    watched: users?.length === 0,
    subscribed: false,
    reading: false,
    commands: [],
    late: [],
    replies: [],
    link: [],
    asking: { open: false, renew: false, check: false },
    notified: undefined,
    seq: 0,
  }
}

/** A user comes to a server, or leaves it. */
export function move(world: World, server: Server, user: string): void {
  const { mutant, servers } = world
  const at = server.here.findIndex((member) => member.user === user)
  const [was] = at < 0 ? [] : server.here.splice(at, 1)
  const is = was ? undefined : memberOn(servers.indexOf(server), user)
  if (is) server.here.push(is)
  topicChanged(server.topic, { was, is })
  if (at < 0 && mutant === 'the first list does not wait for the subscription') topicSubscribed(server.topic)
  if (isOccupied(server)) return
  server.subscribed = false
  server.notified = undefined
  server.reading = false
  // Members who waited for a list have left.
  server.commands = server.commands.map(unread)
  server.replies = server.replies.map(unread)
  topicUnsubscribed(server.topic)
}

/** Changes the presence state of a user, or changes it back. */
export function restate({ servers }: World, server: Server, user: string): void {
  const at = server.here.findIndex((member) => member.user === user)
  const was = server.here[at]
  if (!was) return
  const is = { ...was, state: was.state === undefined ? `"${servers.indexOf(server)}"` : undefined }
  server.here[at] = is
  topicChanged(server.topic, { was, is })
}

/** The only connection of a user on a server. Of two servers, the later one has the later connection. */
function memberOn(n: number, user: string): LocalMember {
  return { user, connection: `c${n}-${user}`, openedAt: n + 1 }
}

function unread<One extends Command | Reply>(one: One): One {
  return one.kind === 'list' ? { ...one, read: false } : one
}

/** The store takes the subscription of a server, and answers. */
export function subscribe(server: Server): void {
  if (server.subscribed) topicSubscribed(server.topic)
  server.subscribed = true
}

/** A member asks for the list. */
export function read({ mutant }: World, server: Server): void {
  if (mutant === 'lists for members bypass the view') {
    server.commands.push({ kind: 'list', read: true })
    return
  }
  const count = countOf(server)
  if (count !== undefined) {
    server.notified = count
    return
  }
  server.reading = true
  topicRead(server.topic)
}

/** Sends the command that the topic needs next to the store. @returns whether there was one */
export function pump(world: World, server: Server): boolean {
  const { id } = server.leases
  if (id === undefined) {
    if (server.asking.open) return false
    server.asking.open = true
    server.commands.push({ kind: 'open', lease: `L${fresh(world)}` })
    return true
  }
  const effect = nextEffect(server.topic, { lease: id, now: NOW, members: () => server.here })
  if (!effect) return false
  if (effect.do === 'sync') {
    const blind = world.mutant === 'the digest does not cover states'
    server.commands.push({ kind: 'sync', change: blind ? withoutStates(server, effect.change) : effect.change })
    return true
  }
  const answers = server.reading && viewOf(server)?.asked === true
  if (answers) server.reading = false
  server.commands.push({ kind: 'list', read: answers })
  return true
}

/** A change with a digest that is the same for every state of the members. */
function withoutStates({ topic: { members } }: Server, change: PresenceSync): PresenceSync {
  const [before, , after] = [change.base, change.digest, change.digest].map((one) => one.split('.')[0])
  if (before !== after || before === '') return change
  const blind = { ...change, digest: change.base }
  Object.assign(members, { sending: blind, digest: change.base })
  return blind
}

export function renew(server: Server): void {
  const { id } = server.leases
  if (id === undefined || server.asking.renew) return
  server.asking.renew = true
  server.commands.push({ kind: 'renew', lease: id })
}

export function check({ mutant }: World, server: Server): void {
  if (server.asking.check || mutant === 'topics are never checked') return
  server.asking.check = true
  server.commands.push({ kind: 'check', round: server.topic.round })
}

/** The store carries out the next command of a server, and answers. */
export function run(world: World, server: Server): void {
  const command = server.commands.shift()
  if (command) server.replies.push(execute(world, command))
}

/** A command is given up; the store may still carry it out later. */
export function giveUp(world: World, server: Server): void {
  const command = server.commands.shift()
  if (!command) return
  server.late.push(command)
  fail(world, server, command)
}

/** A server takes the next answer. */
export function answer(world: World, server: Server): void {
  const reply = server.replies.shift()
  if (reply) take(world, server, reply)
}

/** A server takes the next event of the link. */
export function receiveEvent({ mutant }: World, server: Server): void {
  const event = server.link.shift()
  if (!event) return
  const known = viewOf(server)?.known
  const previous = mutant === 'the previous tag is not compared' ? (known?.tag ?? '') : event.previous
  const changed = mutant === 'events lose the users who have changed' ? [] : event.changed
  topicEvent(server.topic, { ...event, previous, changed })
  notifyMembers(server, mutant)
}

function fail({ mutant }: World, server: Server, command: Command): void {
  const { asking, topic } = server
  if (command.kind === 'open') asking.open = false
  if (command.kind === 'renew') asking.renew = false
  if (command.kind === 'check') asking.check = false
  if (command.kind === 'list') topicListFailed(topic)
  if (command.kind === 'sync' && !command.reaps) topicSynced(topic, command.change, 'failed')
  const isRead = server.reading || (command.kind === 'list' && command.read)
  if (isRead) answerAlone(server, mutant !== 'a failed list for members is forgotten')
}

/** A page of a list has come. After the last one members get the news, and then the list if they wait for it. */
function takeList({ mutant }: World, server: Server, reply: Reply & { readonly kind: 'list' }): void {
  const { read: isRead, seen, pages } = reply
  const { leases, topic } = server
  const [page, ...rest] = pages
  const users = new Map([...seen, ...usersAmong(page?.members ?? [])])
  const bypasses = isRead && mutant === 'lists for members bypass the view'
  if (page && !bypasses) topicPaged(topic, page)
  if (rest.length > 0) {
    server.replies.unshift({ ...reply, seen: users, pages: rest })
    return
  }
  const reaped = bypasses ? [] : topicListed(topic, { lease: leases.id, members: () => server.here })
  if (!reaped) {
    if (isRead) answerAlone(server, true)
    return
  }
  for (const change of reaped) server.commands.push({ kind: 'sync', change, reaps: true })
  notifyMembers(server, mutant)
  if (isRead && isOccupied(server)) server.notified = countOf(server) ?? users
  if (bypasses) return
  topicReplayed(topic)
  notifyMembers(server, mutant)
}

function take(world: World, server: Server, reply: Reply): void {
  const { mutant } = world
  const { leases, topic, asking } = server
  if (reply.kind === 'open') {
    asking.open = false
    leaseOpened(leases, reply.lease, 0)
  } else if (reply.kind === 'renew') {
    asking.renew = false
    if (leaseRenewed(leases, reply.lease, reply.living) === 'lost') topicRenamed(topic)
  } else if (reply.kind === 'sync') {
    if (!reply.reaps) topicSynced(topic, reply.change, reply.applied ? 'applied' : 'refused')
  } else if (reply.kind === 'check') {
    asking.check = false
    topicChecked(topic, reply.head, { leases, round: reply.round, mayReap: mutant !== 'expired leases are forgotten' })
    if (mutant === 'expired leases are forgotten') topic.suspects = undefined
  } else takeList(world, server, reply)
}
