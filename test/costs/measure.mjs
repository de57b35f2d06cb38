import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../../bench/lib/statistics.js'
import { startApp } from './app.mjs'
import { CallMeter, WriteMeter } from './meters.mjs'
import { SCENARIOS } from './scenarios.mjs'

// Measures every scenario in this process and sends the figures to its parent.

const ROUNDS = 5
/** Milliseconds in which the work for leaving clients ends. Work that is later only makes a round worse, and the best one counts. */
const SETTLE_MS = 20

const found = {}
for (const [name, scenario] of Object.entries(SCENARIOS)) found[name] = await measure(scenario)
process.send(found, () => process.exit())

async function measure(scenario) {
  const app = await startApp(scenario.app)
  const meters = { calls: new CallMeter(), writes: new WriteMeter(app.server) }
  await meters.calls.start()
  const rounds = []
  // The first round compiles.
  for (let round = 0; round <= ROUNDS; round += 1) rounds.push(await play(app, scenario, meters))
  meters.calls.stop()
  await app.close()
  return summarise(rounds.slice(1), scenario.units)
}

async function play(app, scenario, meters) {
  const peers = await scenario.prepare(app)
  await sleep(SETTLE_MS)
  await meters.calls.read()
  meters.writes.read()
  const before = process.memoryUsage().heapUsed
  await scenario.run(app, peers)
  const bytes = process.memoryUsage().heapUsed - before
  const writes = meters.writes.read()
  const functions = await meters.calls.read()
  await peers.leave()
  await sleep(SETTLE_MS)
  return { functions, calls: sum(functions.values()), writes, bytes }
}

/** Calls and writes are the lowest of all rounds, because timers and second turns add some. Bytes are the median. */
function summarise(rounds, units) {
  const best = rounds.toSorted((one, other) => one.calls - other.calls)[0]
  return {
    calls: rounded(best.calls / units),
    writes: rounded(Math.min(...rounds.map(({ writes }) => writes)) / units),
    bytes: Math.round(median(rounds.map(({ bytes }) => bytes)) / units),
    functions: Object.fromEntries([...best.functions].map(([name, calls]) => [name, rounded(calls / units)])),
  }
}

function rounded(value) {
  return Math.round(value * 1000) / 1000
}

function sum(values) {
  return [...values].reduce((total, value) => total + value, 0)
}
