import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/*
 * Puts workloads that were measured again into a result. A workload is taken whole: ratios hold only within one run. A
 * result that measured everything replaces the old one.
 *
 *   node bench/merge.js bench/results/reference.json bench/results/<again>.json
 */

const [base, ...others] = process.argv.slice(2)
for (const other of others.map(read)) {
  const merged = existsSync(base) ? merge(read(base), other) : other
  writeFileSync(base, `${JSON.stringify(merged, undefined, 2)}\n`)
}

function merge(old, { workloads, versions, date, machine, command }) {
  const isWhole = Object.keys(old.workloads).every((id) => id in workloads)
  if (isWhole) return { date, command, machine, versions, workloads }
  if (old.machine.node !== machine.node) {
    throw new Error(`${base} was measured on Node ${old.machine.node}: measure every workload on ${machine.node}.`)
  }
  return {
    ...old,
    date,
    versions: { ...old.versions, ...versions },
    workloads: { ...old.workloads, ...workloads },
  }
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
