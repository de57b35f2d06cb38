import * as duplicates from '../../packages/core/src/history/duplicate-filter.js'
import { scale } from '../support/scale.js'
import { duplicateModel } from './duplicate-model.js'
import { QUICK_DUPLICATE_RUNS } from './duplicate-runs.js'
import { type DuplicateBounds, RULES, type Rules } from './duplicate-world.js'
import { describeReport, explore } from './explorer.js'

// Explores what a client is sent after a failed recovery: nothing is lost, nothing is held too long, and nothing comes
// twice unless the store was rolled back or the time limit was over.

/** The most states of each run. */
const STATES = scale(Infinity, 2000)

test.each(QUICK_DUPLICATE_RUNS.map(({ title, run }) => [title, run] as const))('%s: every rule holds', (title, run) => {
  const report = run({ states: STATES })
  const whole = report.exhausted || report.states >= STATES
  expect({ ...report, whole, title: describeReport(title, report) }).toMatchObject({ violations: [], whole: true })
})

const NOTHING = { sent: [], isOver: false }

function mutant(rest: Partial<typeof duplicates>): Rules {
  return { ...RULES, duplicates: { ...duplicates, ...rest } }
}

const MUTANTS: readonly (readonly [string, string, DuplicateBounds, Rules])[] = [
  [
    'messages up to the position of the client are dropped without a comparison of tags',
    'A',
    { losses: 1 },
    mutant({ reached: (state, position) => duplicates.reached(state, { ...position, tag: state.position.tag }) }),
  ],
  [
    'messages up to the position of the client are dropped at once',
    'A',
    { losses: 1 },
    mutant({
      filter: (state, said, now) =>
        said.position && said.position.offset <= state.position.offset ? NOTHING : duplicates.filter(state, said, now),
    }),
  ],
  ['messages are held without a time limit', 'D', { waits: 1 }, mutant({ expire: () => NOTHING })],
  [
    'the time begins anew with each recovery',
    'D',
    { recovers: 2, waits: 1 },
    mutant({ newFilter: (position) => duplicates.newFilter(position) }),
  ],
  [
    'a message without a position overtakes what is held',
    'B',
    { losses: 1, raw: 1 },
    mutant({
      filter: (state, said, now) =>
        said.position ? duplicates.filter(state, said, now) : { sent: [said], isOver: false },
    }),
  ],
  ['nothing is held', 'B', {}, mutant({ filter: (_, said) => ({ sent: [said], isOver: false }) })],
  ['another recovery forgets what is held', 'A', { losses: 1, lasts: 1 }, { ...RULES, takesOver: false }],
  ['what was not sent counts as sent', 'A', { lasts: 1 }, { ...RULES, log: { isOmitted: () => false } }],
]

test.each(MUTANTS)('the explorer finds the mutant: %s', (_, breaks, bounds, rules) => {
  const { violations } = explore(duplicateModel(bounds, rules), { ms: 10_000, first: true })
  expect(violations.map(({ rule }) => rule[0])).toEqual([breaks])
})
