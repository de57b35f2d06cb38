import { Crowd } from './crowd.js'
import { Stencil, stampedText } from './frame.js'
import { Latencies } from './latencies.js'
import { Ledger } from './ledger.js'

// Servers compile what runs often: a rate that is seldom would measure one that has just started.
const WARM_RATE = 120_000
/** The numbers of a sender's messages that may be under way. */
const RING = 1024

/**
 * Messages leave at a fixed rate, whether or not the server keeps up; latency counts from the moment when a message was
 * due, so that a late sender hides nothing.
 */
export async function openLoop({ target, measurement, settings: { rooms, seats, size, rate, warm, time } }) {
  const { dialect } = target
  const members = rooms * seats
  const stencil = new Stencil(dialect.wrap(stampedText(size)), dialect.offset)
  const ledger = new Ledger(members, { seats, offset: dialect.offset })
  const latencies = new Latencies()
  const numbers = new Int32Array(members)
  const dues = new Float64Array(members * RING)
  let measuring = false
  let quiet
  let sent = 0
  const crowd = new Crowd(target, {
    message(client, bytes, start) {
      const sender = ledger.take(client, bytes, start)
      if (measuring) latencies.add(client.readAt - dues[sender * RING + (ledger.number % RING)])
    },
    chunk() {
      if (ledger.delivered === sent * seats) quiet?.()
    },
  })
  await crowd.grow(members, (index) => `room-${Math.floor(index / seats)}`)

  const pace = { gap: (1000 * seats) / Math.max(rate, WARM_RATE), lag: 0 }
  const talk = (due) => {
    // A stride that meets every member once, so that neighbours in time are in different rooms.
    const sender = (sent * 401) % members
    const number = numbers[sender]++
    dues[sender * RING + (number % RING)] = due
    crowd.clients[sender].write(stencil.make(sender, number))
    sent += 1
  }
  const during = (ms) => keepPace(pace, ms, talk)
  const drained = async () => {
    if (ledger.delivered === sent * seats) return
    await new Promise((resolve) => (quiet = resolve))
    quiet = undefined
  }

  await during(warm)
  await drained()
  measuring = true
  pace.gap = (1000 * seats) / rate
  pace.lag = 0
  const before = ledger.delivered
  measurement.start()
  await during(time)
  const figures = measurement.end()
  const messages = ledger.delivered - before
  await drained()
  return { ...figures, messages, offered: rate, lag: pace.lag, ...latencies.summary() }
}

/** Calls back at fixed times. Timers are too coarse for that, so it spins; `lag` is the worst delay in ms. */
function keepPace(pace, ms, talk) {
  return new Promise((resolve) => {
    const begin = performance.now()
    let due = begin
    const spin = () => {
      const now = performance.now()
      pace.lag = Math.max(pace.lag, now - due)
      for (; due <= now && due < begin + ms; due += pace.gap) talk(due)
      if (now < begin + ms) setImmediate(spin)
      else resolve()
    }
    spin()
  })
}
