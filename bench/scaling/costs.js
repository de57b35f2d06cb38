import { readFileSync } from 'node:fs'

const read = (name) => JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'))

/** What was measured between servers, and by the benchmark of one server. */
export function measured() {
  return { scaling: read('scaling'), reference: read('reference') }
}

/**
 * Microseconds of CPU for each message, by what is done with it, and bytes for each connection.
 * @param pace `alone`: every message has a turn of the event loop for itself, the dearest way; `bunched`: 50 share one
 */
export function costsOf({ scaling, reference }, { size = 64, pace = 'alone', history = false } = {}) {
  const own = scaling.broadcasts.filter((one) => one.pace === pace && one.history === history)
  if (own.length === 0) throw new RangeError(`There is no pace ${pace}; known are: alone, bunched.`)
  const at = (of) =>
    between(
      own.map((one) => ({ x: one.size, y: of(one) })),
      size,
    )
  const cost = (workload) => reference.workloads[workload].peers.wshub.median.cost
  return {
    redis: {
      publish: at(({ redis }) => redis.base),
      copy: at(({ redis }) => redis.slope),
    },
    server: {
      published: at(({ sender }) => sender),
      received: at(({ receiver }) => receiver),
      delivered: cost(pace === 'alone' ? 'W1' : 'W2a'),
      // An echo is a message in and one out.
      inbound: Math.max(0, cost('W3a') - cost('W1')),
      ping: cost('W6'),
    },
    memory: { process: cost('W5-browser'), kernel: sum(Object.values(scaling.kernel)) },
  }
}

/** Microseconds of Redis for a message while many servers publish at once. */
export function crowdedCosts({ scaling: { crowded } }, { size = 64 } = {}) {
  const at = (of) =>
    between(
      crowded.map((one) => ({ x: one.size, y: of(one) })),
      size,
    )
  return { publish: at(({ redis }) => redis.base), copy: at(({ redis }) => redis.slope) }
}

/** What Redis keeps, in bytes. @param people whether connections belong to users, each to one of their own */
export function redisMemory({ scaling: { topics, people } }, { channels, subscriptions, rooms, memberships, users }) {
  const rooming = channels * topics.redisBytes + (subscriptions - channels) * topics.redisBytesMore
  const known = users * (topics.redisBytes + people.own.redisBytes)
  const attending = users === 0 ? 0 : rooms * firstOf(people) + memberships * people.inRoom.redisBytes
  return rooming + known + attending
}

/** What the first person in a room costs more than another one. */
function firstOf({ own, inRoom }) {
  return own.redisBytes - inRoom.redisBytes
}

/** On the line between the smallest and the largest. */
function between(points, x) {
  const [one, other] = points
  return Math.max(0, one.y + ((x - one.x) / (other.x - one.x)) * (other.y - one.y))
}

export function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
