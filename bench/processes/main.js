import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../lib/machine.js'
import { OWN, runtimesOf } from '../lib/runtimes.js'
import { median } from '../lib/statistics.js'
import { measureRooms } from './load.js'
import { canReusePort, Site } from './site.js'

/*
 * What a message to a room costs one process, and two processes behind one port with Redis.
 *
 *   node bench/processes/main.js [--quick] [--node <version>] [--rounds <n>] [--out <file>]
 */

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    node: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
})
const [node] = values.node ? runtimesOf([values.node]) : [OWN]
const connections = values.quick ? 2000 : 10_000
const times = values.quick ? { warm: 500, time: 1000 } : { warm: 1000, time: 3000 }
const SITES = [
  { mode: 'single', processes: 1 },
  { mode: 'cluster', processes: 2 },
  ...(canReusePort(node) ? [{ mode: 'reusePort', processes: 2 }] : []),
]

const out = values.out ?? fileURLToPath(new URL('../results/processes.json', import.meta.url))
const command = ['node bench/processes/main.js', ...process.argv.slice(2)].join(' ')
const report = { date: new Date().toISOString(), command, machine: describeMachine(node), connections, results: [] }
for (const members of [10, 1000, 10_000].filter((count) => count <= connections)) {
  for (const site of SITES) {
    report.results.push({ members, ...site, ...(await measure(site, members)) })
    // After each one: an interrupted run keeps what it has found.
    writeFileSync(out, `${JSON.stringify(report, undefined, 2)}\n`)
  }
}
console.log(out)

async function measure({ mode, processes }, members) {
  const rounds = []
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const site = await Site.start({ node, mode, processes })
    try {
      rounds.push(await measureRooms(site, { rooms: connections / members, members, ...times }))
    } finally {
      await site.stop()
    }
  }
  const figures = {
    all: median(rounds.map(({ each }) => each.reduce((sum, one) => sum + one, 0))),
    busiest: median(rounds.map(({ each }) => Math.max(...each))),
    redis: median(rounds.map(({ redis }) => redis)),
  }
  process.stderr.write(`${members} members, ${mode}, ${processes}: ${JSON.stringify(figures)}\n`)
  return figures
}
