import { Crowd } from './crowd.js'
import { Stencil, stampedText } from './frame.js'
import { Ledger } from './ledger.js'

/** Everybody talks: each member sends its next message as soon as its own last one has come back. */
export async function storm({ target, measurement, settings: { rooms, seats, size, warm, time } }) {
  const { dialect } = target
  const stencil = new Stencil(dialect.wrap(stampedText(size)), dialect.offset)
  const ledger = new Ledger(rooms * seats, { seats, offset: dialect.offset })
  const numbers = new Int32Array(rooms * seats)
  let sent = 0
  let end = 0
  let quiet
  const talk = (client) => {
    sent += 1
    client.write(stencil.make(client.index, numbers[client.index]++))
  }
  const crowd = new Crowd(target, {
    message(client, bytes, start) {
      if (ledger.take(client, bytes, start) !== client.index) return
      client.heard = true
    },
    chunk(client) {
      if (client.heard && client.readAt < end) talk(client)
      client.heard = false
      if (ledger.delivered === sent * seats) quiet?.()
    },
  })
  await crowd.grow(rooms * seats, (index) => `room-${Math.floor(index / seats)}`)

  const during = async (ms) => {
    const done = new Promise((resolve) => (quiet = resolve))
    end = performance.now() + ms
    for (const client of crowd.clients) talk(client)
    await done
  }

  if (warm > 0) await during(warm)
  const before = ledger.delivered
  measurement.start()
  await during(time)
  return { ...measurement.end(), messages: ledger.delivered - before }
}
