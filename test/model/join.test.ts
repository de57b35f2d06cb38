import { scale } from '../support/scale.js'
import { describeReport, explore } from './explorer.js'
import { joinModel, type JoinSetup } from './join-model.js'
import { QUICK_JOIN_RUNS } from './join-runs.js'
import type { Mutant } from './join-world.js'

// Explores the pure code of joins: whatever happens while authorize is pending, no client becomes a member after a removal,
// every request is answered once, and nothing is held in the end.

/** The most states of each run. */
const STATES = scale(Infinity, 800)

test.each(QUICK_JOIN_RUNS.map(({ title, run }) => [title, run] as const))('%s: every rule holds', (title, run) => {
  const report = run({ states: STATES })
  const whole = report.exhausted || report.states >= STATES
  expect({ ...report, whole, title: describeReport(title, report) }).toMatchObject({ violations: [], whole: true })
})

const APART: JoinSetup = { requests: 1, removals: 1, servers: [[], ['a']], rooms: ['r'] }

const MUTANTS: readonly [Exclude<Mutant, 'none'>, JoinSetup][] = [
  ['a removal leaves joins in progress alone', { requests: 1, removals: 1 }],
  ['removals go to subscribers alone', APART],
  ['members that are too new are forgotten', APART],
  ['a join that was given up frees its slot', { requests: 3, leaves: 2 }],
  ['a closing hub lets verdicts through', { requests: 1, shutdowns: 1 }],
]

test.each(MUTANTS)('the explorer finds the mutant: %s', (mutant, setup) => {
  const { violations } = explore(joinModel({ ...setup, mutant }), { ms: 10_000, first: true })
  expect(violations).not.toEqual([])
})
