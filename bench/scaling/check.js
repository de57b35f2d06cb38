import { countMessages } from './model.js'
import { drawMessages, place } from './placement.js'
import { run } from './real.js'

/*
 * Small cases of the simulation, each beside a real run: servers in processes of their own, a Redis, clients over TCP that
 * all talk. Every count has to be the same.
 *
 *   node bench/scaling/check.js [--json]
 */

const CASES = {
  'any server, a few big rooms': { connections: 40, rooms: 15, roomsEach: 2, exponent: 1, seed: 7 },
  'a server for each room': { connections: 30, rooms: 20, placement: 'room', seed: 11 },
  'least connections, rooms that remember': { connections: 24, rooms: 5, placement: 'least', history: true, seed: 13 },
}
const SERVERS = 3
const MESSAGES = 150

const results = {}
for (const [name, { history = false, ...scenario }] of Object.entries(CASES)) {
  const placed = place({ servers: SERVERS, ...scenario })
  const messages = drawMessages(placed, { count: MESSAGES, seed: scenario.seed + 1 })
  const model = countMessages(placed, messages, { history })
  results[name] = { model, real: await run(placed, messages, { history }) }
}

if (process.argv.includes('--json')) console.log(JSON.stringify(results))
else print()

function print() {
  for (const [name, { model, real }] of Object.entries(results)) {
    console.log(`\n${name}: ${SERVERS} servers, ${MESSAGES} messages`)
    for (const what of ['published', 'received', 'delivered', 'topics']) line(what, model[what], real[what])
    for (const what of ['publishes', 'bytesIn', 'bytesOut']) {
      if (model.redis[what] !== undefined) line(`Redis ${what}`, model.redis[what], real.redis[what])
    }
  }
}

function line(what, model, real) {
  const same = String(model) === String(real)
  console.log(`  ${what.padEnd(16)} ${String(model).padEnd(16)} ${same ? 'the same' : `NOT ${real}`}`)
  if (!same) process.exitCode = 1
}
