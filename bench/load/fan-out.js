import { Crowd } from './crowd.js'
import { Stencil, stampedText } from './frame.js'
import { Latencies } from './latencies.js'
import { Ledger } from './ledger.js'

/** One member sends, everybody gets it, and only then the next goes out; `burst` of them at a time. */
export async function fanOut({ target, measurement, settings: { members, size, burst, warm, time } }) {
  const { dialect } = target
  const stencil = new Stencil(dialect.wrap(stampedText(size)), dialect.offset)
  const ledger = new Ledger(members, { seats: members, offset: dialect.offset })
  const latencies = new Latencies()
  let sent = 0
  let expected = 0
  let arrived
  const crowd = new Crowd(target, {
    message(client, bytes, start) {
      ledger.take(client, bytes, start)
      if (ledger.delivered === expected) arrived()
    },
  })
  await crowd.grow(members)

  const broadcast = async () => {
    const at = performance.now()
    const done = new Promise((resolve) => (arrived = resolve))
    expected += members * burst
    crowd.clients[0].write(stencil.make(0, sent, burst))
    sent += burst
    await done
    latencies.add(performance.now() - at)
  }
  const during = async (ms) => {
    const end = performance.now() + ms
    while (performance.now() < end) await broadcast()
  }

  if (warm > 0) await during(warm)
  latencies.clear()
  const before = ledger.delivered
  measurement.start()
  await during(time)
  return { ...measurement.end(), messages: ledger.delivered - before, ...latencies.summary() }
}
