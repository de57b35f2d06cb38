import { Cluster } from './cluster.js'
import { nameOf } from './placement.js'

/** Rounds until one is undisturbed. */
const TRIES = 5

/** Runs a placement for real: servers, Redis, members and their messages. @returns the counts that the model says */
export async function run(placed, messages, { size = 64, history = false, tries = TRIES } = {}) {
  const cluster = await Cluster.start(placed.servers)
  try {
    const members = await settle(cluster, placed, history)
    for (let left = tries; ; left -= 1) {
      const round = await play(cluster, members, { placed, messages, size, history })
      // Pings of the links and a look at the settings of Redis are no part of what is counted.
      if (!round.disturbed || left === 1) return round.counts
    }
  } finally {
    await cluster.stop()
  }
}

/** Everybody comes. */
async function settle(cluster, { home, rooms }, history) {
  const members = await Promise.all(
    rooms.map((own, index) => cluster.member(home[index], { rooms: own.map((room) => nameOf(room, history)) })),
  )
  await cluster.ask('settle')
  return members
}

async function play(cluster, members, { placed: { servers, home }, messages, size, history }) {
  const before = await cluster.ask('counts')
  const had = members.map(({ received }) => received)
  const said = members.map(() => 0)
  for (const { sender } of messages) said[sender] += 1
  const { calls, bytesIn, bytesOut, isWatched } = await cluster.redis.during(async () => {
    for (const { sender, room } of messages) members[sender].send(`${nameOf(room, history)} `.padEnd(size, 'x'))
    // Who has got its own messages back has had them published.
    await Promise.all(members.map((member, index) => member.got(had[index] + said[index])))
    await cluster.ask('settle')
  })
  await finish(cluster, members)
  const after = await cluster.ask('counts')
  const of = (what) => after.map((counts, index) => counts[what] - before[index][what])
  const delivered = Array.from({ length: servers }, () => 0)
  members.forEach(({ received }, index) => (delivered[home[index]] += received - had[index]))
  const received = of('received').map((count, server) => count - farewell(server, home))
  const published = of('published').map((count, server) => count - (server === home[0] ? 1 : 0))
  const redis = { publishes: calls.spublish, bytesIn, bytesOut }
  const topics = after.map(({ topics: count }) => count)
  const subscribed = await cluster.redis.subscriptions()
  return {
    disturbed: calls.ping > 0 || isWatched,
    counts: { published, received, delivered, topics, redis, subscribed, calls },
  }
}

/** One more message to everybody: nothing that was published before it is still under way when it has come. */
async function finish(cluster, members) {
  for (const member of members) member.finished = false
  await cluster.servers[members[0].server].ask('finish')
  await Promise.all(members.map((member) => member.end))
}

/** Everybody but the sender’s server receives the end, if anybody is there. */
function farewell(server, home) {
  return server !== home[0] && home.includes(server) ? 1 : 0
}
