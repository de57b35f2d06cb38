import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './lib/install.js'
import { describeMachine } from './lib/machine.js'
import { readOptions, USAGE } from './lib/options.js'
import { versionsOf } from './lib/peers.js'
import { measure } from './lib/suite.js'
import { fixed, toText } from './lib/table.js'

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
  const report = begin(options)
  for (const workload of options.chosen) {
    const result = await measure(workload, options, progress)
    report.workloads[workload.id] = result
    Object.assign(report.versions, versionsOf(Object.keys(result.peers)))
    print(workload, result)
    // After each one: who interrupts a long run keeps what it has found.
    save(report, options.out)
  }
  const names = Object.entries(report.versions).map((entry) => entry.join(' '))
  console.log(`\n${names.join(', ')}\n${options.out}`)
  if (Object.values(report.workloads).some(hasFailures)) process.exitCode = 1
}

function begin(options) {
  const date = new Date().toISOString()
  const machine = describeMachine()
  options.out ??= fileURLToPath(new URL(`results/${date.replaceAll(':', '-').slice(0, 19)}.json`, import.meta.url))
  console.log(`${machine.cpu}, ${machine.system}, Node ${machine.node}${machine.pinned ? '' : ', NOT PINNED to cores'}`)
  return {
    date,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine,
    versions: {},
    workloads: {},
  }
}

function hasFailures({ peers }) {
  return Object.values(peers).some(({ failures }) => failures.length > 0)
}

function progress(what, stays = false) {
  if (stays) console.log(what)
  else if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`)
}

function print({ id }, { title, unit, peers, goals, strays }) {
  progress('')
  console.log(`\n${id}  ${title} (per ${unit})\n${toText(peers)}`)
  for (const { label, failures } of Object.values(peers)) {
    for (const failure of failures) console.log(`  DOES NOT COUNT  ${label}: ${failure}`)
  }
  for (const { text, atLeast, atMost, value, met } of goals) {
    const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
    console.log(
      `  ${met === undefined ? 'not measured' : met ? 'reached' : 'MISSED'}  ${text} ${bound}${value === undefined ? '' : `: ${fixed(value)}`}`,
    )
  }
  for (const { name, now, before, off, reason } of strays) {
    const percent = `${off > 0 ? '+' : '−'}${Math.abs(Math.round(off * 100))} %`
    console.log(
      `  reference differs  ${name} costs ${fixed(now)} of naive ws, was ${fixed(before)} (${percent}): ${reason}`,
    )
  }
}

function save(report, file) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
}
