import { ClosedLoop } from './closed-loop.js'
import { Crowd } from './crowd.js'
import { maskedText } from './frame.js'

/** Each client asks for a stream, checks that every value comes once and in order, and asks again. */
export async function streamed({ target, measurement, settings: { clients, values, warm, time } }) {
  const numbers = new Int32Array(clients)
  let taken = 0
  const ask = (client) => {
    numbers[client.index] = 0
    client.write(maskedText(JSON.stringify({ type: 'stream', payload: values, id: 1 })))
  }
  const crowd = new Crowd(target, {
    message(client, bytes, start, stop) {
      const { index } = client
      const { type, payload } = JSON.parse(bytes.latin1Slice(start, stop))
      if (type !== 'reply') {
        if (payload.n !== numbers[index]) throw new Error(`Client ${index} got ${payload.n}, not ${numbers[index]}.`)
        numbers[index] += 1
        taken += 1
        return
      }
      if (numbers[index] !== values) throw new Error(`Client ${index} got ${numbers[index]} values of ${values}.`)
      loop.answered(client)
    },
  })
  const loop = new ClosedLoop(crowd, ask)
  await crowd.grow(clients, (index) => `room-${index}`)

  await loop.during(warm)
  const before = taken
  measurement.start()
  await loop.during(time)
  return { ...measurement.end(), messages: taken - before }
}
