import { Crowd } from './crowd.js'
import { maskedText } from './frame.js'
import { Latencies } from './latencies.js'

/** Each client asks, waits for its answer, and asks again. */
export async function request({ target, window, settings: { clients, warm, time } }) {
  const { dialect } = target
  const latencies = new Latencies()
  const numbers = new Int32Array(clients)
  const askedAt = new Float64Array(clients)
  let answered = 0
  let waiting = 0
  let end = 0
  let quiet
  const ask = (client) => {
    const id = (numbers[client.index] += 1)
    waiting += 1
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
      waiting -= 1
      if (readAt < end) ask(client)
      else if (waiting === 0) quiet()
    },
  })
  await crowd.grow(clients, (index) => `room-${index}`)

  const during = async (ms) => {
    const done = new Promise((resolve) => (quiet = resolve))
    end = performance.now() + ms
    for (const client of crowd.clients) ask(client)
    await done
  }

  await during(warm)
  latencies.clear()
  const before = answered
  window.start()
  await during(time)
  return { ...window.end(), messages: answered - before, ...latencies.summary() }
}
