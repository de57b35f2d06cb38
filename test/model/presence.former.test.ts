import { explore } from './explorer.js'
import { presentModel } from './presence-present.js'

// What the explorer finds in presence as it was: the faults D6 and D7.

type Setup = Parameters<typeof presentModel>[0]

test.each<[rule: string, setup: Setup]>([
  ['a user who is here is not listed', { expiries: 1, timeouts: 1 }],
  ['a user who is here is not listed', { rollbacks: 1, moves: 2 }],
  ['a user who is gone is listed', { rollbacks: 1, moves: 1 }],
  ['members never learn of a join', { cuts: 1, moves: 2 }],
  ['members never learn of a leave', { cuts: 1, moves: 1 }],
])('the explorer finds in frozen presence: %s (%j)', (rule, setup) => {
  const { violations } = explore(presentModel(setup), { ms: 8000, states: 40_000 })
  expect(violations.map((one) => one.rule)).toContain(rule)
})
