import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './lib/install.js'
import { describeMachine } from './lib/machine.js'
import { readOptions, USAGE } from './lib/options.js'
import { versionsOf } from './lib/peers.js'
import { printMatrix, printWorkload } from './lib/print.js'
import { OWN, runtimesOf } from './lib/runtimes.js'
import { measure } from './lib/suite.js'

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})

async function main() {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(USAGE)
  else await bench(options)
}

async function bench(options) {
  install()
  const nodes = options.nodes ? runtimesOf(options.nodes) : [OWN]
  const reports = nodes.map((node) => begin(node, { ...options, several: nodes.length > 1 }))
  for (const workload of options.chosen) {
    for (const report of reports) await add(report, workload, options)
    if (reports.length > 1) printMatrix(workload.id, reports)
  }
  for (const { out, versions } of reports) {
    const names = Object.entries(versions).map((entry) => entry.join(' '))
    console.log(`\n${names.join(', ')}\n${out}`)
  }
  if (reports.some(({ workloads }) => Object.values(workloads).some(hasFailures))) process.exitCode = 1
}

function begin(node, { out, several }) {
  const date = new Date().toISOString()
  const machine = describeMachine(node)
  const file = out ?? fileURLToPath(new URL(`results/${date.replaceAll(':', '-').slice(0, 19)}.json`, import.meta.url))
  console.log(`${machine.cpu}, ${machine.system}, Node ${machine.node}${machine.pinned ? '' : ', NOT PINNED to cores'}`)
  return {
    node,
    out: several ? file.replace(/(\.json)?$/, `-node${node.name}.json`) : file,
    date,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine,
    versions: {},
    workloads: {},
  }
}

async function add(report, workload, options) {
  const result = await measure(workload, { ...options, node: report.node }, progress)
  report.workloads[workload.id] = result
  Object.assign(report.versions, versionsOf(Object.keys(result.peers)))
  progress('')
  printWorkload(workload.id, result, report.machine)
  // After each one: who interrupts a long run keeps what it has found.
  save(report)
}

function hasFailures({ peers }) {
  return Object.values(peers).some(({ failures }) => failures.length > 0)
}

function progress(what, stays = false) {
  if (stays) console.log(what)
  else if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`)
}

function save({ out, date, command, machine, versions, workloads }) {
  const report = { date, command, machine, versions, workloads }
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(out, `${JSON.stringify(report, undefined, 2)}\n`)
}
