import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OWN, runtimesOf } from '../../bench/lib/runtimes.js'

/*
 * Counts what a message and a handshake cost: calls of functions, writes to sockets and bytes of the heap. They do not
 * depend on the speed or the load of the machine. Fails if one of them is greater than in costs.json.
 *
 *   npm run test:costs                 on this Node; the packages must be built
 *   npm run test:costs -- --update     counts on every Node of test/runtimes and writes costs.json
 *   npm run test:costs -- --functions  shows the functions that are called
 */

const FILE = new URL('costs.json', import.meta.url)
const MAJORS = ['20', '22', '24', '26']
/** The fraction by which a figure may exceed its old value. Calls and writes are exact; bytes differ a little between runs. */
const TOLERANCE = { calls: 0.01, writes: 0.01, bytes: 0.03 }
/** The most functions that are printed of a scenario that costs more than before. */
const MOST_FUNCTIONS = 20
// Optimised code calls and allocates less the longer it runs; a garbage collection would free bytes that are counted.
const FLAGS = ['--no-opt', '--min-semi-space-size=128', '--max-semi-space-size=128']

const args = process.argv.slice(2)
const costs = JSON.parse(readFileSync(FILE, 'utf8'))

if (args.includes('--update')) await update()
else await check()

async function update() {
  for (const node of runtimesOf(MAJORS)) {
    const found = await count(node)
    costs[node.name] = Object.fromEntries(
      Object.entries(found).map(([name, { calls, writes, bytes }]) => [name, { calls, writes, bytes }]),
    )
  }
  writeFileSync(FILE, `${JSON.stringify(costs, undefined, 2)}\n`)
}

async function check() {
  const major = OWN.version.slice(1).split('.')[0]
  const known = costs[major]
  if (!known)
    throw new Error(`test/costs/costs.json has no figures of Node ${major}. Run npm run test:costs -- --update`)
  for (const [name, { functions, ...figures }] of Object.entries(await count(OWN))) {
    const risen = Object.keys(TOLERANCE).filter(
      (what) => !report({ name, what, is: figures[what], was: known[name]?.[what] }),
    )
    if (risen.length > 0) process.exitCode = 1
    if (risen.length > 0 || args.includes('--functions')) list(functions)
  }
}

/** Prints a figure. @returns whether it is within the tolerance */
function report({ name, what, is, was = 0 }) {
  const share = is / was - 1
  const isRisen = !(share <= TOLERANCE[what])
  const note = isRisen ? '  MORE than before' : share < -TOLERANCE[what] ? '  less: npm run test:costs -- --update' : ''
  console.log(`${name.padEnd(36)} ${what.padEnd(6)} ${String(is).padStart(9)}  was ${was}${note}`)
  return !isRisen
}

function list(functions) {
  const sorted = Object.entries(functions).toSorted(([, one], [, other]) => other - one)
  const shown = args.includes('--functions') ? sorted : sorted.slice(0, MOST_FUNCTIONS)
  for (const [name, calls] of shown) console.log(`    ${calls}  ${name}`)
}

async function count({ path }) {
  const child = fork(fileURLToPath(new URL('measure.mjs', import.meta.url)), {
    execPath: path,
    execArgv: FLAGS,
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const [found] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof found !== 'object') throw new Error(`The costs could not be counted on ${path}.`)
  return found
}
