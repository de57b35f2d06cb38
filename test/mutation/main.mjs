// npm run test:mutation [-- group …] [-- --concurrency=2 --timeout=4 --incremental]: mutates core group by group and reports how many mutants the tests detect.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { groups } from './groups.cjs'

const require = createRequire(import.meta.url)
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '1' },
    timeout: { type: 'string', default: '1' },
    incremental: { type: 'boolean', default: false },
  },
})
const names = positionals.length > 0 ? positionals : Object.keys(groups)
const unknown = names.filter((name) => !Object.hasOwn(groups, name))
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}; known are ${Object.keys(groups).join(', ')}.`)
  process.exit(2)
}
const missing = names.flatMap((name) => groups[name].tests).filter((test) => !existsSync(test))
if (missing.length > 0) {
  console.error(`There is no test ${missing.join(', ')}.`)
  process.exit(2)
}

const rows = []
for (const name of names) rows.push({ group: name, ...(await run(name)) })
console.table(rows)
process.exit(rows.every(({ passed }) => passed) ? 0 : 1)

/** Mutates one group. Stryker itself fails if the score is below its threshold. */
async function run(name) {
  const child = spawn(process.execPath, [strykerBin(), 'run', 'test/mutation/stryker.config.mjs'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      MUTATION_GROUP: name,
      MUTATION_SOURCES: resolve(`coverage/mutation/${name}.sources.json`),
      MUTATION_CONCURRENCY: values.concurrency,
      MUTATION_TIMEOUT: values.timeout,
      MUTATION_INCREMENTAL: String(values.incremental),
    },
  })
  const [code] = await once(child, 'exit')
  return { ...countMutants(`coverage/mutation/${name}.json`), passed: code === 0 }
}

function strykerBin() {
  return require.resolve('@stryker-mutator/core/package.json').replace(/package\.json$/, 'bin/stryker.js')
}

/** Counts as Stryker does: invalid and ignored mutants do not count. */
function countMutants(path) {
  const { files } = JSON.parse(readFileSync(path, 'utf8'))
  const all = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status))
  const count = (...statuses) => all.filter((status) => statuses.includes(status)).length
  const [killed, timedOut, survived, uncovered] = [
    count('Killed'),
    count('Timeout'),
    count('Survived'),
    count('NoCoverage'),
  ]
  const detected = killed + timedOut
  const mutants = detected + survived + uncovered
  return { mutants, killed, timedOut, survived, uncovered, score: Number(((100 * detected) / mutants).toFixed(1)) }
}
