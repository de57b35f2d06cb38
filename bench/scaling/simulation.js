import { costsOf, crowdedCosts, measured, redisMemory, sum } from './costs.js'
import { expectMessages } from './model.js'
import { place } from './placement.js'

/** Share of a core that Redis, or a server, is planned to have at most: the rest is for bursts, and for the loss of another. */
export const ROOM_TO_SPARE = 0.5
/** Seconds between pings to a client that says nothing. */
const PING_INTERVAL = 20

/** Places everybody, and says what each server and Redis have to do in a second and hold. */
export function simulate(scenario) {
  const placed = place(scenario)
  const { perSecond, size, talk, pace, users = true } = scenario
  const figures = measured()
  const costs = costsOf(figures, { size, pace })
  const { servers, redis } = expectMessages(placed, { perSecond, size, talk })
  const homes = connectionsOf(placed)
  const cpu = ({ publish, copy }) => (redis.publishes * publish + redis.copies * copy) / 1e6
  const { publish, copy } = costs.redis
  return {
    placed,
    servers: servers.map((server, index) => load(server, { connections: homes[index], users, costs })),
    redis: {
      ...redis,
      cpu: cpu(costs.redis),
      crowdedCpu: cpu(crowdedCosts(figures, { size })),
      busiestCpu: (redis.busiestRoom * (publish + copy * scenario.servers)) / 1e6,
      memory: redisMemory(figures, holdings(placed, users)),
      ...holdings(placed, users),
    },
  }
}

/** Processes of Redis that share the rooms, so that none has more to do than is planned. */
export function shards({ crowdedCpu }) {
  return Math.max(1, Math.ceil(crowdedCpu / ROOM_TO_SPARE))
}

function load(server, { connections, users, costs }) {
  const { published, received, delivered, inbound, ping } = costs.server
  const micros =
    server.published * (published + inbound) +
    // Its own copy is dropped as soon as it is read, and costs no more than another’s.
    (server.received + server.ownCopies) * received +
    server.delivered * delivered +
    (connections / PING_INTERVAL) * ping
  const memory = connections * (costs.memory.process + costs.memory.kernel)
  return { ...server, connections, topics: server.topics + (users ? connections : 0), cpu: micros / 1e6, memory }
}

function connectionsOf({ servers, home }) {
  const counts = Array.from({ length: servers }, () => 0)
  for (const server of home) counts[server] += 1
  return counts
}

/** What is there: topics of rooms, who listens to them, who is in them. */
function holdings({ servers, home, members }, users) {
  let channels = 0
  let subscriptions = 0
  for (let at = 0; at < members.length; at += servers) {
    const listening = members.subarray(at, at + servers).filter((count) => count > 0).length
    subscriptions += listening
    if (listening > 0) channels += 1
  }
  return { channels, subscriptions, rooms: channels, memberships: sum([...members]), users: users ? home.length : 0 }
}
