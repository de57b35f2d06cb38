import { leaseOpened, leaseRenewed, newLease } from '../../packages/core/src/presence/lease-state.js'
import {
  newTopic,
  nextEffect,
  topicChanged,
  topicChecked,
  topicEvent,
  topicHeard,
  topicListed,
  topicListFailed,
  topicPaged,
  topicRead,
  topicReadFailed,
  topicRenamed,
  topicReplayed,
  topicSynced,
  topicUnheard,
} from '../../packages/core/src/presence/presence-state.js'
import { takeNews } from '../../packages/core/src/presence/presence-view.js'
import { type Command, execute, fresh, isOccupied, type Reply, type Server, type World } from './presence-world.js'

// What the shell around the pure code of presence does, one step at a time.

/** @param users undefined if nobody is there; empty if somebody without a user watches */
export function newServer(users: readonly string[] | undefined): Server {
  return {
    alive: true,
    leases: newLease(),
    topic: newTopic(true),
    here: (users ?? []).map((user) => ({ user, connection: `c-${user}` })),
    watched: users?.length === 0,
    subscribed: false,
    reading: false,
    commands: [],
    late: [],
    replies: [],
    link: [],
    asking: { open: false, renew: false, check: false },
    told: undefined,
    seq: 0,
  }
}

/** A user comes to a server, or leaves it. */
export function move({ mutant }: World, server: Server, user: string): void {
  const at = server.here.findIndex((member) => member.user === user)
  const member = { user, connection: `c-${user}` }
  if (at < 0) server.here.push(member)
  else server.here.splice(at, 1)
  topicChanged(server.topic, member, at < 0)
  if (at < 0 && mutant === 'the first list does not wait for the subscription') topicHeard(server.topic)
  if (isOccupied(server)) return
  server.subscribed = false
  server.told = undefined
  server.reading = false
  // Whoever waits for a list has left.
  server.commands = server.commands.map(unread)
  server.replies = server.replies.map(unread)
  topicUnheard(server.topic)
}

function unread<One extends Command | Reply>(one: One): One {
  return one.kind === 'list' ? { ...one, read: false } : one
}

/** The store takes the subscription of a server, and answers. */
export function subscribe(server: Server): void {
  if (server.subscribed) topicHeard(server.topic)
  server.subscribed = true
}

/** A member asks for the list. */
export function read({ mutant }: World, server: Server): void {
  if (mutant === 'lists for members bypass the view') {
    server.commands.push({ kind: 'list', read: true })
    return
  }
  server.reading = true
  topicRead(server.topic)
}

/** Asks the store what the topic wants to ask now. @returns whether there was anything */
export function pump(world: World, server: Server): boolean {
  const { id } = server.leases
  if (id === undefined) {
    if (server.asking.open) return false
    server.asking.open = true
    server.commands.push({ kind: 'open', lease: `L${fresh(world)}` })
    return true
  }
  const effect = nextEffect(server.topic, { lease: id, members: () => server.here })
  if (!effect) return false
  if (effect.do === 'sync') {
    server.commands.push({ kind: 'sync', change: effect.change })
    return true
  }
  const answers = server.reading && viewOf(server)?.asked === true
  if (answers) server.reading = false
  server.commands.push({ kind: 'list', read: answers })
  return true
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
export function hear({ mutant }: World, server: Server): void {
  const event = server.link.shift()
  if (!event) return
  const known = viewOf(server)?.known
  const previous = mutant === 'the previous tag is not compared' ? (known?.tag ?? '') : event.previous
  topicEvent(server.topic, { ...event, previous })
  tell(server)
}

/** Members are told what is new. */
export function tell(server: Server): void {
  const view = viewOf(server)
  const news = view && takeNews(view)
  if (!news) return
  if (news.seq !== server.seq + 1) throw new Error('a number was left out')
  server.seq = news.seq
  if ('present' in news) server.told = new Set(news.present)
  else if (server.told) {
    for (const user of news.joined) server.told.add(user)
    for (const user of news.left) server.told.delete(user)
  }
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

/** Members who wait for a list get those who are here. */
function answerAlone(server: Server, remember: boolean): void {
  server.reading = false
  if (!isOccupied(server)) return
  server.told = new Set(server.here.map(({ user }) => user))
  if (remember) topicReadFailed(server.topic)
}

/** A page of a list has come. After the last one members are told what is new, and then get the list if they wait for it. */
function takeList({ mutant }: World, server: Server, reply: Reply & { readonly kind: 'list' }): void {
  const { read: isRead, seen, pages } = reply
  const { leases, topic } = server
  const [page, ...rest] = pages
  const users = [...seen, ...(page?.members ?? []).map(({ user }) => user)]
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
  tell(server)
  if (isRead && isOccupied(server)) server.told = new Set(users)
  if (bypasses) return
  topicReplayed(topic)
  tell(server)
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
    topicChecked(topic, reply.head, { leases, round: reply.round, mayReap: mutant !== 'deaths are forgotten' })
    if (mutant === 'deaths are forgotten') topic.suspects = undefined
  } else takeList(world, server, reply)
}

/** What a server knows of the topic; `undefined` if it has no members. */
function viewOf({ topic }: Server): Server['topic']['view'] {
  return topic.view
}

/** The users that a server knows of. */
export function usersOf(server: Server): Iterable<string> {
  return viewOf(server)?.known?.users ?? []
}
