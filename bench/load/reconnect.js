import { Crowd } from './crowd.js'

/** Between two storms: the server handles the end of the connections of the last one. */
const REST_MS = 500

/**
 * All clients of a server connect at once, as after a network failure: how many it accepts in a second, how long its event
 * loop was away, and the most memory that it had. The first time it is new, and does not count.
 */
export async function reconnect({ target, measurement, ask, settings: { count, storms } }) {
  const crowd = new Crowd(target, { message() {} })
  const sum = { wall: 0, cpu: 0, load: 0, others: 0 }
  let longest = 0
  for (let storm = 0; storm <= storms; storm += 1) {
    await ask('watchGaps')
    measurement.start()
    await crowd.rush(count, (index) => `room-${index % 500}`)
    const { wall, cpu, load, others } = measurement.end()
    const { gap } = await ask('gap')
    await crowd.leave()
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    if (storm === 0) continue
    sum.wall += wall
    sum.cpu += cpu
    sum.load += load / storms
    sum.others += others / storms
    longest = Math.max(longest, gap)
  }
  return { ...sum, messages: count * storms, gap: longest, ...(await ask('peak')) }
}
