import { leaseOpened, leaseRenewed, newLease } from '../../packages/core/src/presence/lease-state.js'
import {
  newTopic,
  nextEffect,
  topicChanged,
  topicChecked,
  topicEvent,
  topicListed,
  topicListFailed,
  topicRenamed,
  topicSynced,
} from '../../packages/core/src/presence/presence-state.js'
import { takeNews } from '../../packages/core/src/presence/presence-view.js'
import { type Command, execute, fresh, type Reply, type Server, type World } from './presence-world.js'

// What the shell around the pure code of presence does, one step at a time.

export function newServer(users: readonly string[]): Server {
  return {
    alive: true,
    leases: newLease(),
    topic: newTopic(true),
    here: users.map((user) => ({ user, connection: `c-${user}` })),
    commands: [],
    late: [],
    replies: [],
    link: [],
    asking: { open: false, renew: false, check: false },
    told: new Set(),
    seq: 0,
  }
}

/** A user comes to a server, or leaves it. */
export function move(server: Server, user: string): void {
  const at = server.here.findIndex((member) => member.user === user)
  const member = { user, connection: `c-${user}` }
  if (at < 0) server.here.push(member)
  else server.here.splice(at, 1)
  topicChanged(server.topic, member, at < 0)
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
  server.commands.push(effect.do === 'list' ? { kind: 'list' } : { kind: 'sync', change: effect.change })
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
export function giveUp(server: Server): void {
  const command = server.commands.shift()
  if (!command) return
  server.late.push(command)
  fail(server, command)
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
  const known = server.topic.view?.known
  const previous = mutant === 'the previous tag is not compared' ? (known?.tag ?? '') : event.previous
  topicEvent(server.topic, { ...event, previous })
  tell(server)
}

/** Members are told what is new. */
export function tell(server: Server): void {
  const news = server.topic.view && takeNews(server.topic.view)
  if (!news) return
  if (news.seq !== server.seq + 1) throw new Error('a number was left out')
  server.seq = news.seq
  if ('present' in news) server.told = new Set(news.present)
  else {
    for (const user of news.joined) server.told.add(user)
    for (const user of news.left) server.told.delete(user)
  }
}

function fail({ asking, topic }: Server, command: Command): void {
  if (command.kind === 'open') asking.open = false
  if (command.kind === 'renew') asking.renew = false
  if (command.kind === 'check') asking.check = false
  if (command.kind === 'list') topicListFailed(topic)
  if (command.kind === 'sync' && !command.reaps) topicSynced(topic, command.change, 'failed')
}

function take({ mutant }: World, server: Server, reply: Reply): void {
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
  } else if (leases.id === undefined) {
    topicListFailed(topic)
  } else {
    const { id: lease } = leases
    const reaped = topicListed(topic, reply.list, { lease, members: () => server.here })
    for (const change of reaped) server.commands.push({ kind: 'sync', change, reaps: true })
    tell(server)
  }
}
