import { Crowd } from './crowd.js'
import { Stencil, stampedText } from './frame.js'
import { Latencies } from './latencies.js'
import { Ledger } from './ledger.js'

/** Each client keeps a number of messages under way that the server sends back to it alone. */
export async function echo({ target, measurement, settings: { clients, flight, size, warm, time } }) {
  const { dialect } = target
  const stencil = new Stencil(dialect.wrap(stampedText(size)), dialect.offset)
  const ledger = new Ledger(clients, { seats: 1, offset: dialect.offset })
  const latencies = new Latencies()
  const numbers = new Int32Array(clients)
  const owed = new Int32Array(clients)
  const sentAt = new Float64Array(clients * flight)
  let sent = 0
  let end = 0
  let quiet
  const talk = ({ index }, count) => {
    const number = numbers[index]
    const now = performance.now()
    for (let each = number; each < number + count; each += 1) sentAt[index * flight + (each % flight)] = now
    crowd.clients[index].write(stencil.make(index, number, count))
    numbers[index] += count
    sent += count
  }
  const crowd = new Crowd(target, {
    message(client, bytes, start) {
      const { index } = client
      const number = numbers[index] - flight + owed[index]++
      ledger.take(client, bytes, start)
      latencies.add(client.readAt - sentAt[index * flight + (number % flight)])
    },
    chunk(client) {
      const { index, readAt } = client
      if (owed[index] > 0 && readAt < end) {
        talk(client, owed[index])
        owed[index] = 0
      }
      if (ledger.delivered === sent) quiet?.()
    },
  })
  await crowd.grow(clients, (index) => `room-${index}`)

  const during = async (ms) => {
    const done = new Promise((resolve) => (quiet = resolve))
    end = performance.now() + ms
    owed.fill(0)
    for (const client of crowd.clients) talk(client, flight)
    await done
  }

  if (warm > 0) await during(warm)
  latencies.clear()
  const before = ledger.delivered
  measurement.start()
  await during(time)
  return { ...measurement.end(), messages: ledger.delivered - before, ...latencies.summary() }
}
