import { appendFileSync } from 'node:fs'
import { hasRedis } from '../../support/redis.js'
import { scale } from '../../support/scale.js'
import { FAILOVERS } from './failovers.js'
import { HANGS } from './hangs.js'
import { LIBRARIES } from './libraries.js'
import { LINKS } from './links.js'
import { LOSSES } from './losses.js'
import { PROCESSES } from './processes.js'
import { ROLLBACKS } from './rollbacks.js'
import { run } from './scenario.js'
import { absentSigns, problemsOf, rowOf } from './verdict.js'

const suite = hasRedis() ? describe : describe.skip
const seed = Number(process.env['NEMESIS_SEED'] ?? 1)
const all = [...HANGS, ...ROLLBACKS, ...LINKS, ...LOSSES, ...PROCESSES, ...FAILOVERS]

/** One of each kind, which `npm test` runs over the library of that index. */
const SHORT: readonly (readonly [number, string])[] = [
  [0, 'Redis hangs for 1.6 × timeout'],
  [1, 'Redis returns from an RDB file of the same epoch'],
  [0, 'Redis loads an older RDB file and no link is cut'],
  [1, "the downlink of a server's commands stalls for 1.6 × timeout"],
  [0, 'the links of every server are cut six times'],
  [1, 'keys are deleted'],
  [0, 'a server is killed'],
]

suite.each(LIBRARIES.map((library, index) => ({ ...library, index })))('several servers over $name', (library) => {
  const { index } = library
  const faults = scale(
    all,
    all.filter(({ name }) => SHORT.some(([at, title]) => at === index && title === name)),
  )
  const rows: string[] = []

  test.each(faults)(
    'the servers keep every guarantee if $name',
    async (fault) => {
      const verdict = await run({ fault, library, seed })
      rows.push(rowOf(`${fault.name}, ${library.name}`, verdict))
      record({ library: library.name, fault: fault.name, seed, problems: problemsOf(verdict, fault), verdict })
      expect(problemsOf(verdict, fault)).toEqual([])
    },
    60_000,
  )

  afterAll(() => {
    if (scale(true, false)) process.stderr.write(`${rows.join('\n')}\n`)
  })
})

suite('a fault that is left out', () => {
  const silent = scale(all, all.slice(5, 6))

  test.each(silent)(
    'a run without the fault shows no sign of "$name"',
    async (fault) => {
      const [library] = LIBRARIES
      if (!library) throw new Error('There is no library.')
      const { signs } = await run({ fault, library, seed, harmless: true })
      expect(absentSigns(signs)).not.toEqual([])
    },
    60_000,
  )
})

/** Appends what was found to the file that `NEMESIS_LOG` names. */
function record(found: object): void {
  const log = process.env['NEMESIS_LOG']
  if (log) appendFileSync(log, `${JSON.stringify(found)}\n`)
}
