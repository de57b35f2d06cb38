import { Crowd } from './crowd.js'
import { COMPRESSED_TEXT, maskedFrame, maskedText } from './frame.js'
import { deflate, inflate } from './deflate.js'
import { document } from './document.js'

/** Fan-out with permessage-deflate. What every member gets is compared with what was sent. */
export async function compressedFanOut({ target, measurement, settings: { members, warm, time } }) {
  const { dialect } = target
  const counts = new Int32Array(members)
  let history = Buffer.alloc(0)
  let sent = 0
  let delivered = 0
  let bytesEach = 0
  let text
  let model
  let arrived
  const check = (client, payload) => {
    // Members with one and the same past get the same bytes; a greeting of its own makes a past of its own.
    if (model?.equals(payload)) return
    const past = client.inflater ? Buffer.concat([client.inflater.history, history]) : history
    if (!inflate(payload, past).equals(text))
      throw new Error(`Client ${client.index} got another message than ${sent}.`)
    model ??= Buffer.from(payload)
    bytesEach = payload.length
  }
  const crowd = new Crowd(target, {
    message(client, bytes, start, end, first) {
      if (first !== COMPRESSED_TEXT) throw new Error('A message came uncompressed.')
      check(client, bytes.subarray(start, end))
      counts[client.index] += 1
      if (counts[client.index] !== sent) throw new Error(`Client ${client.index} got message ${sent} out of order.`)
      delivered += 1
      if (delivered === sent * members) arrived()
    },
  })
  await crowd.grow(members)

  const broadcast = async () => {
    const done = new Promise((resolve) => (arrived = resolve))
    sent += 1
    text = Buffer.from(dialect.wrapJson(document(sent)))
    model = undefined
    crowd.clients[0].write(maskedText(text))
    await done
    history = Buffer.concat([history, text]).subarray(-32 * 1024)
  }
  const during = async (ms) => {
    const end = performance.now() + ms
    while (performance.now() < end) await broadcast()
  }

  await during(warm)
  const before = delivered
  measurement.start()
  await during(time)
  return { ...measurement.end(), messages: delivered - before, bytesEach }
}

/** What a connection weighs after one compressed message in each direction, as a slope. */
export async function compressedMemory({ target, ask, settings: { few, many } }) {
  const { dialect } = target
  let echoes = 0
  let arrived
  let expected = 0
  const crowd = new Crowd(target, {
    message(client) {
      client.echoed = true
      echoes += 1
      if (echoes === expected) arrived()
    },
  })
  const text = dialect.wrapJson(document(1))
  const bytes = target.deflate ? maskedFrame(COMPRESSED_TEXT, deflate(text)) : maskedText(text)
  const weigh = async (size) => {
    const known = crowd.clients.length
    await crowd.grow(size, (index) => `room-${index}`)
    const done = new Promise((resolve) => (arrived = resolve))
    expected = size
    for (const client of crowd.clients.slice(known)) client.write(bytes)
    await done
    await new Promise((resolve) => setTimeout(resolve, 300))
    return ask('memory')
  }
  const light = await weigh(few)
  const heavy = await weigh(many)
  const slope = (key) => (heavy[key] - light[key]) / (many - few)
  return { messages: many, memory: slope('rss'), heap: slope('heap') }
}
