import { scale } from '../support/scale.js'
import { describeReport, explore, from, reach } from './explorer.js'
import { streamModel } from './stream-model.js'
import { MUTANTS } from './stream-mutants.js'
import { settle } from './stream-rules.js'
import { QUICK_STREAM_RUNS, streamWalks } from './stream-runs.js'
import { RULES } from './stream-shell.js'

/** Milliseconds for each kind of random schedule. */
const WALK_MS = scale(500, 80)
/** The most states of each run. */
const STATES = scale(Infinity, 500)
/** States within which the explorer detects a mutant. They take about half of the ten seconds that it may take. */
const MUTANT_STATES = 40_000
/** Mutants that are detected only after thousands of states. */
const LONG = [
  'positions have no tag',
  'a store that has lost something goes on in its epoch',
  'a read that began before an unkept message counts as after it',
  'another loss right after one is forgotten',
]

describe('the stream of a room delivers every message or reports a gap', () => {
  test.each(QUICK_STREAM_RUNS)('in every schedule: $title', ({ title, run }) => {
    const report = run({ states: STATES })
    const whole = report.exhausted || report.states >= STATES
    expect({ ...report, whole, title: describeReport(title, report) }).toMatchObject({ violations: [], whole: true })
  })

  test.each(streamWalks(Date.now() % 2 ** 31))('in random schedules: $title', ({ run }) => {
    expect(run({ ms: WALK_MS }).violations).toEqual([])
  })
})

describe('the explorer detects each mutant of the stream', () => {
  test.each(
    scale(
      MUTANTS,
      MUTANTS.filter(({ title }) => !LONG.includes(title)),
    ),
  )('$title', ({ bounds, rules, start, breaks }) => {
    const model = streamModel(bounds, rules)
    const { violations } = explore(from(model, reach(model, start)), { states: MUTANT_STATES, first: true })
    expect(violations.map(({ rule }) => rule[0])).toContain(breaks)
  })
})

test('an acknowledged message that the store lost before a member got it is reported as a gap, although others have appended since', () => {
  const bounds = { emits: 4, losses: 1, cuts: 1, kept: 1, members: [true, false] }
  const lost = ['snapshot', 'emit m0@s0', 'execute append@s0', 'reply append@s0', 'cut link@s0', 'ROLLBACK']
  const others = ['emit m1@s1', 'emit m2@s1', 'execute append@s1', 'execute append@s1']
  const next = ['emit m3@s0', 'execute append@s0', 'reply append@s0']
  const world = reach(streamModel(bounds), [...lost, ...others, ...next])
  const settled = settle(world, { bounds, rules: RULES })
  expect(settled?.servers[0]?.member).toMatchObject({ ids: ['m1', 'm2', 'm3'], gaps: 1 })
})

test('an append whose answer is lost, and that is sent again at once, is kept once and causes no gap', () => {
  const bounds = { emits: 1, repeats: 1 }
  const again = [
    'emit m0@s0',
    'execute append@s0',
    'lose answer to append@s0',
    'send append again@s0',
    'execute append@s0',
  ]
  const settled = settle(reach(streamModel(bounds), again), { bounds, rules: RULES })
  expect(settled?.servers.map(({ member }) => member)).toMatchObject([
    { ids: ['m0'], gaps: 0 },
    { ids: ['m0'], gaps: 0 },
  ])
})
