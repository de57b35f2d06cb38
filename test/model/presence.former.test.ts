import { explore } from './explorer.js'
import { formerModel } from './presence-former.js'

// The explorer finds the faults D6 and D7 in the former design of presence.

type Setup = Parameters<typeof formerModel>[0]

test.each<[rule: string, setup: Setup]>([
  ['a user who is here is not listed', { expiries: 1, timeouts: 1 }],
  ['a user who is here is not listed', { rollbacks: 1, moves: 2 }],
  ['a user who is gone is listed', { rollbacks: 1, moves: 1 }],
  ['members never learn of a join', { cuts: 1, moves: 2 }],
  ['members never learn of a leave', { cuts: 1, moves: 1 }],
])('the explorer finds the fault of the former presence: %s (%j)', (rule, setup) => {
  const { violations } = explore(formerModel(setup), { ms: 8000, states: 40_000 })
  expect(violations.map((one) => one.rule)).toContain(rule)
})
