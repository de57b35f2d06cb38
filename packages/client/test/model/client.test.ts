import { describeReport, explore } from '../../../../test/model/explorer.js'
import { scale } from '../../../../test/support/scale.js'
import { clientModel } from './client-model.js'
import { CLIENT_MUTANTS } from './client-mutants.js'
import { clientWalks, QUICK_CLIENT_RUNS, SHORT_CLIENT_RUNS } from './client-runs.js'

/** Every `npm test` runs the same schedules, every `npm run test:faults` other ones. */
const SEED = scale(Date.now() % 2 ** 31, 3)
/** Milliseconds for each kind of random schedule. */
const WALK_MS = scale(500, 80)

describe('the client keeps its rules', () => {
  test.each(scale(QUICK_CLIENT_RUNS, SHORT_CLIENT_RUNS))('in every schedule: $title', ({ title, run }) => {
    const report = run({})
    expect(report.violations).toEqual([])
    expect(describeReport(title, report)).toContain('exhausted')
    if (process.env['MODEL_VERBOSE']) process.stderr.write(`${describeReport(title, report)}\n`)
  })

  test.each(clientWalks(SEED))('in random schedules: $title', ({ run }) => {
    expect(run({ ms: WALK_MS }).violations).toEqual([])
  })
})

describe('the explorer detects each mutant of the client', () => {
  test.each(CLIENT_MUTANTS)('$title', ({ bounds, machine, breaks }) => {
    const { violations } = explore(clientModel(bounds, machine), { states: 20_000, first: true })
    expect(violations.map(({ rule }) => rule[0])).toContain(breaks)
  })
})
