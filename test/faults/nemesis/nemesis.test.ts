import { appendFileSync } from 'node:fs'
import { hasRedis } from '../../support/redis.js'
import { HANGS } from './hangs.js'
import { LIBRARIES } from './libraries.js'
import { LINKS } from './links.js'
import { LOSSES } from './losses.js'
import { PROCESSES } from './processes.js'
import { ROLLBACKS } from './rollbacks.js'
import { run } from './scenario.js'
import { problemsOf } from './verdict.js'

const suite = hasRedis() ? describe : describe.skip
const seed = Number(process.env['NEMESIS_SEED'] ?? 1)

suite.each(LIBRARIES)('several servers over $name', (library) => {
  test.each([...HANGS, ...ROLLBACKS, ...LINKS, ...LOSSES, ...PROCESSES])(
    'stay true if $name',
    async (fault) => {
      const verdict = await run({ fault, library, seed })
      const log = process.env['NEMESIS_LOG']
      if (log)
        appendFileSync(
          log,
          `${JSON.stringify({ library: library.name, fault: fault.name, seed, problems: problemsOf(verdict, fault), verdict })}\n`,
        )
      expect(problemsOf(verdict, fault)).toEqual([])
    },
    60_000,
  )
})
