import { answer, sizes } from './bytes.js'
import { nameOf } from './placement.js'

/*
 * What follows from a placement. Every message is published once, whoever listens; Redis copies it to every server that
 * has members of its room, the sender’s own included (which drops its copy, unless the room remembers: then its members
 * get theirs from it too).
 */

/** Topics that a server listens to beside its rooms: all servers, their roster, and everybody on the hub if it has clients. */
const ALWAYS = 2
const WITH_PEOPLE = 1

/** Topics by server, without those of users and sessions. */
export function countTopics({ servers, home, members }) {
  const topics = Array.from({ length: servers }, () => ALWAYS)
  for (const server of new Set(home)) topics[server] += WITH_PEOPLE
  for (let at = 0; at < members.length; at += 1) if (members[at] > 0) topics[at % servers] += 1
  return topics
}

/** Exactly what these messages cost. @param size bytes of each message; @param history whether the rooms remember */
export function countMessages(placed, messages, { size = 64, history = false } = {}) {
  const { servers, home, members } = placed
  const zeros = () => Array.from({ length: servers }, () => 0)
  const counts = { published: zeros(), received: zeros(), delivered: zeros() }
  const redis = { publishes: 0, copies: 0, bytesIn: 0, bytesOut: 0 }
  for (const { sender, room } of messages) {
    const own = home[sender]
    const reached = listeners(placed, room)
    counts.published[own] += 1
    redis.publishes += 1
    redis.copies += reached.length
    for (const server of reached) {
      if (server !== own || history) counts.received[server] += 1
      counts.delivered[server] += members[room * servers + server]
    }
    const lengths = sizes({ room: nameOf(room, history), size })
    redis.bytesIn += lengths.command
    redis.bytesOut += reached.length * lengths.copy + answer(reached.length)
  }
  const { publishes, copies } = redis
  // The keys and arguments of a script are not modelled byte by byte.
  return { ...counts, topics: countTopics(placed), redis: history ? { publishes, copies } : redis }
}

/**
 * What is to be expected of so many messages a second.
 * @param talk `members`: who is in a big room talks as much as anybody; `rooms`: a big room has no more messages than a small one
 */
export function expectMessages(placed, { perSecond, size = 64, talk = 'members' }) {
  const { servers, members } = placed
  const rooms = members.length / servers
  const weights = new Float64Array(rooms)
  for (let at = 0; at < members.length; at += 1) {
    const room = Math.floor(at / servers)
    if (members[at] > 0) weights[room] = talk === 'rooms' ? 1 : weights[room] + members[at]
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const each = Array.from({ length: servers }, () => ({ published: 0, received: 0, ownCopies: 0, delivered: 0 }))
  const redis = { publishes: 0, copies: 0, bytesIn: 0, bytesOut: 0, busiestRoom: 0 }
  for (let room = 0; room < rooms; room += 1) {
    if (weights[room] === 0) continue
    const rate = (perSecond * weights[room]) / total
    const lengths = sizes({ room: nameOf(room), size })
    const reached = spread(placed, { room, rate, each })
    redis.publishes += rate
    redis.copies += rate * reached
    redis.bytesIn += rate * lengths.command
    redis.bytesOut += rate * (reached * lengths.copy + answer(reached))
    redis.busiestRoom = Math.max(redis.busiestRoom, rate)
  }
  const topics = countTopics(placed)
  return { servers: each.map((server, index) => ({ ...server, topics: topics[index] })), redis }
}

/** Shares the messages of a room out to the servers. @returns how many of them listen */
function spread({ servers, members }, { room, rate, each }) {
  const here = members.subarray(room * servers, (room + 1) * servers)
  const all = here.reduce((sum, count) => sum + count, 0)
  let reached = 0
  for (let server = 0; server < servers; server += 1) {
    if (here[server] === 0) continue
    reached += 1
    const own = (rate * here[server]) / all
    each[server].published += own
    each[server].ownCopies += own
    each[server].received += rate - own
    each[server].delivered += rate * here[server]
  }
  return reached
}

function listeners({ servers, members }, room) {
  const found = []
  for (let server = 0; server < servers; server += 1) if (members[room * servers + server] > 0) found.push(server)
  return found
}
