import { scale } from '../support/scale.js'
import { describeReport, explore, walk } from './explorer.js'
import { presenceModel, type PresenceSetup } from './presence-model.js'
import { EVERYTHING } from './presence-runs.js'
import type { Mutant } from './presence-world.js'

// Explores the pure code of presence. Whatever happens, once the faults have ended, every present user and no other is listed,
// and members have learned of every join and leave.

/** No user is on the first server until ann joins; cid is on the second one. */
const NEWCOMER: PresenceSetup = { servers: [undefined, ['cid']], farMovers: ['bob'], moves: 1, farMoves: 1, reads: 1 }

const EXHAUSTED: readonly [title: string, setup: PresenceSetup][] = [
  ['a lease runs out and a command times out', { expiries: 1, timeouts: 1, renewals: 2 }],
  ['a rollback and a move', { rollbacks: 1, moves: 1 }],
  ['a link that loses events, a check and two moves', { cuts: 1, moves: 2, checks: 1 }],
  ['a link that loses events and two users who move', { cuts: 1, moves: 2, movers: ['ann', 'cid'] }],
  ['a store that loses the topic or everything, and a move', { losses: 1, moves: 1, checks: 1 }],
  ['a killed server, a rollback and a move', { kills: 1, moves: 1, checks: 1, rollbacks: 1 }],
  ['a watcher without a user and two moves', { servers: [['ann'], []], moves: 2, cuts: 1 }],
  ['a first member who lists while a user comes elsewhere', NEWCOMER],
  ['a first member who lists and leaves', { ...NEWCOMER, farMoves: 0, moves: 2 }],
  ['a list in two pages and a user who moves elsewhere', { reads: 1, farMoves: 2, paged: true }],
  ['a list in two pages and a cut link', { reads: 1, farMoves: 1, cuts: 1, paged: true }],
  ['a list for members that times out', { servers: [['ann'], ['bob']], reads: 1, farMoves: 1, timeouts: 1 }],
]

/** ann is on both servers; her connection to the first one is the older. */
const TWICE: PresenceSetup = { servers: [['ann'], ['ann']], farMovers: ['ann'] }

const EXHAUSTED_STATES: readonly [title: string, setup: PresenceSetup][] = [
  ['two changes of state and a list', { states: 2, reads: 1 }],
  ['a change of state of the older connection and a move of the newer one', { ...TWICE, states: 1, farMoves: 1 }],
  ['changes of state of both connections of a user', { ...TWICE, states: 1, farStates: 1 }],
  ['a change of state, a rollback and a check', { states: 1, rollbacks: 1, checks: 1 }],
  ['a change of state while the link loses events', { ...TWICE, farStates: 1, states: 1, cuts: 1, checks: 1 }],
  ['a change of state that times out', { states: 2, timeouts: 1 }],
  ['a killed server with the newest connection', { ...TWICE, servers: [['ann'], ['ann'], []], kills: 1, farStates: 1 }],
  ['a change of state under a lease that runs out', { ...TWICE, states: 1, expiries: 1, renewals: 2 }],
  [
    'a room that has more users than its limit for a moment',
    { limit: 2, farMovers: ['bob', 'cid'], farMoves: 2, states: 1 },
  ],
  ['a room of too many users, a list and a cut link', { limit: 1, farMoves: 2, reads: 1, cuts: 1 }],
]

/** The most states of each run. */
const STATES = scale(Infinity, 500)

test.each([...EXHAUSTED, ...EXHAUSTED_STATES])(
  'presence is correct after %s',
  (title, setup) => {
    const report = explore(presenceModel(setup), { states: STATES })
    const whole = report.exhausted || report.states >= STATES
    expect({ ...report, whole, title: describeReport(title, report) }).toMatchObject({ violations: [], whole: true })
  },
  120_000,
)

test('presence is correct after random walks with every kind of fault', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  const report = walk(presenceModel(EVERYTHING), {
    seed,
    depth: 60,
    ms: scale(3000, 200),
  })
  expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] })
})

const MUTANTS: readonly [Exclude<Mutant, 'none'>, PresenceSetup][] = [
  ['a late renewal makes a lease', { moves: 1, expiries: 1, timeouts: 1, renewals: 2 }],
  ['expired leases are forgotten', { kills: 1 }],
  ['topics are never checked', { rollbacks: 1, moves: 1 }],
  ['the previous tag is not compared', { cuts: 1, moves: 2, movers: ['ann', 'cid'] }],
  ['the first list does not wait for the subscription', { ...NEWCOMER, servers: [undefined, ['bob']] }],
  ['lists for members bypass the view', { servers: [['ann'], ['cid']], farMovers: ['bob'], farMoves: 2, reads: 1 }],
  ['a failed list for members is forgotten', { reads: 1, timeouts: 1 }],
  ['the oldest connection of a user counts', { ...TWICE, moves: 2 }],
  ['events lose the users who have changed', { states: 1 }],
  ['the number of a message does not rise', { states: 1, moves: 1 }],
  ['the digest does not cover states', { states: 1, rollbacks: 1 }],
]

test.each(MUTANTS)(
  'the explorer finds the mutant: %s',
  (mutant, setup) => {
    const { violations } = explore(presenceModel({ ...setup, mutant }), { ms: 60_000, first: true })
    expect(violations).not.toEqual([])
  },
  90_000,
)
