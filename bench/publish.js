import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * Measures what docs/internals publishes of one server and of the processes of one machine, and writes it there. The machine has
 * to be quiet.
 *
 *   npm run bench:publish                  the newest long-term support release of Node: less than 25 minutes
 *   npm run bench:publish -- --versions    the other versions, with --quick: less than 10 minutes
 *
 * More arguments go to the benchmark of one server, for example a workload to measure only that.
 */

const PAGES = { performance: 'docs/internals/performance.md', scaling: 'docs/internals/scaling.md' }
const root = fileURLToPath(new URL('..', import.meta.url))
const results = join(root, 'bench/results')
const [first, ...rest] = process.argv.slice(2)

if (first === '--versions') {
  measure('--node=others', '--quick', ...rest)
  for (const file of readdirSync(results).filter((name) => /^measured-node\d+\.json$/.test(name))) {
    take(file, file.replace('measured-node', 'node-'))
  }
} else {
  const given = first === undefined ? [] : [first, ...rest]
  measure('--node=lts', ...given)
  take('measured.json', 'reference.json')
  node('bench/chart.js', 'bench/results/reference.json', 'docs/internals/performance.svg')
  if (given.length === 0) {
    node('bench/processes/main.js', '--node=lts', '--rounds=1')
    node('bench/processes/report.js', PAGES.scaling)
  }
}
node('bench/report.js', PAGES.performance)
run('npx', ['oxfmt', ...Object.values(PAGES)])

function measure(...args) {
  try {
    node('bench/bench.js', ...args, '--out=bench/results/measured.json')
  } catch (error) {
    // A peer that lost a message has no figure; those of the others count.
    console.error(error.message)
    process.exitCode = 1
  }
}

/** Puts what was measured into a published result. */
function take(measured, published) {
  node('bench/merge.js', `bench/results/${published}`, `bench/results/${measured}`)
  rmSync(join(results, measured))
}

function node(...args) {
  run(process.execPath, args)
}

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} has ended with ${status}.`)
}
