import { ClosedLoop } from './closed-loop.js'
import { Crowd } from './crowd.js'
import { maskedText } from './frame.js'
import { Latencies } from './latencies.js'

/** Each client asks, waits for its answer, and asks again. */
export async function request({ target, measurement, settings: { clients, warm, time } }) {
  const { dialect } = target
  const latencies = new Latencies()
  const numbers = new Int32Array(clients)
  const askedAt = new Float64Array(clients)
  let answered = 0
  const ask = (client) => {
    const id = (numbers[client.index] += 1)
    askedAt[client.index] = performance.now()
    client.write(maskedText(dialect.request(client.index, id, id)))
  }
  const crowd = new Crowd(target, {
    message(client, bytes, start, stop) {
      const { index, readAt } = client
      const { id, sum } = dialect.reply(bytes.latin1Slice(start, stop)) ?? {}
      if (id !== numbers[index] || sum !== index + id) throw new Error(`Client ${index} got a wrong answer to ${id}.`)
      latencies.add(readAt - askedAt[index])
      answered += 1
      loop.answered(client)
    },
  })
  const loop = new ClosedLoop(crowd, ask)
  await crowd.grow(clients, (index) => `room-${index}`)

  await loop.during(warm)
  latencies.clear()
  const before = answered
  measurement.start()
  await loop.during(time)
  return { ...measurement.end(), messages: answered - before, ...latencies.summary() }
}
