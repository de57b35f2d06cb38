import { readFileSync, writeFileSync } from 'node:fs'

/*
 * Puts workloads that were measured again into a result. A workload is taken whole: ratios hold only within one run.
 *
 *   node bench/merge.js bench/results/reference.json bench/results/<again>.json
 */

const [base, ...others] = process.argv.slice(2)
const result = read(base)
for (const { workloads, versions, date } of others.map(read)) {
  Object.assign(result.workloads, workloads)
  Object.assign(result.versions, versions)
  result.date = date
}
writeFileSync(base, `${JSON.stringify(result, undefined, 2)}\n`)

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
