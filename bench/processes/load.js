import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from '../load/crowd.js'
import { DIALECTS } from '../load/dialects.js'
import { maskedText } from '../load/frame.js'
import { cpuTime } from '../lib/process-cpu.js'

const TEXT = maskedText('x'.repeat(64))

/**
 * Rounds of broadcasts: in each round one member of every room sends, and the round is over once all members have every
 * message. Each round has another sender, so that all processes publish alike.
 * @returns per message: microseconds of CPU of each process and of Redis; and the largest share of the connections that a
 * process has
 */
export async function measureRooms(site, { rooms, members, warm, time }) {
  let left = 0
  let arrived
  const target = { port: site.port, dialect: DIALECTS.plain }
  const crowd = new Crowd(target, {
    message() {
      left -= 1
      if (left === 0) arrived()
    },
  })
  await crowd.grow(rooms * members, (index) => `room-${index % rooms}`)
  // Subscriptions of the last rooms may still be on their way to Redis.
  await sleep(500)

  let round = 0
  const broadcast = async () => {
    const done = new Promise((resolve) => (arrived = resolve))
    left = rooms * members
    const seat = (round % members) * rooms
    for (let room = 0; room < rooms; room += 1) crowd.clients[seat + room].write(TEXT)
    round += 1
    await done
  }
  const during = async (ms) => {
    const end = performance.now() + ms
    const from = round
    while (performance.now() < end) await broadcast()
    return (round - from) * rooms
  }

  await during(warm)
  const before = site.pids.map(cpuTime)
  const { result: messages, cpu } = site.redis
    ? await site.redis.during(() => during(time))
    : { result: await during(time), cpu: 0 }
  const each = site.pids.map((pid, index) => (cpuTime(pid) - before[index]) / 1e3 / messages)
  await crowd.leave()
  return { messages, each, redis: cpu / messages }
}
