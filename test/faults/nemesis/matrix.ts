import { appendFileSync } from 'node:fs'
import { hasRedis } from '../../support/redis.js'
import { scale } from '../../support/scale.js'
import { FAILOVERS } from './failovers.js'
import { HANGS } from './hangs.js'
import type { Library } from './libraries.js'
import { LINKS } from './links.js'
import { LOSSES } from './losses.js'
import { PROCESSES } from './processes.js'
import { ROLLBACKS } from './rollbacks.js'
import { run } from './scenario.js'
import { problemsOf, rowOf } from './problems.js'

export const FAULTS = [...HANGS, ...ROLLBACKS, ...LINKS, ...LOSSES, ...PROCESSES, ...FAILOVERS]

const suite = hasRedis() ? describe : describe.skip
export const SEED = Number(process.env['NEMESIS_SEED'] ?? 1)

/** Defines a test for each fault over each library. @param short the names of the faults that `npm test` runs */
export function describeFaults(libraries: readonly Library[], short: readonly string[]): void {
  suite.each(libraries)('several servers over $name', (library) => {
    const faults = scale(
      FAULTS,
      FAULTS.filter(({ name }) => short.includes(name)),
    )
    const rows: string[] = []

    test.each(faults)(
      'the servers keep every guarantee if $name',
      async (fault) => {
        const verdict = await run({ fault, library, seed: SEED })
        rows.push(rowOf(`${fault.name}, ${library.name}`, verdict))
        record({ library: library.name, fault: fault.name, seed: SEED, problems: problemsOf(verdict, fault), verdict })
        expect(problemsOf(verdict, fault)).toEqual([])
      },
      60_000,
    )

    afterAll(() => {
      if (scale(true, false)) process.stderr.write(`${rows.join('\n')}\n`)
    })
  })
}

/** Appends what was found to the file that `NEMESIS_LOG` names. */
function record(found: object): void {
  const log = process.env['NEMESIS_LOG']
  if (log) appendFileSync(log, `${JSON.stringify(found)}\n`)
}
