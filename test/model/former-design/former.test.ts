import { scale } from '../../support/scale.js'
import { explore, from, type Model, reach, type Report, walk } from '../explorer.js'
import type { Former } from './former-log.js'
import { formerModel } from './former-model.js'

/** Both servers deliver their message while the store hangs; then the store keeps both, and each server receives both. */
const HUNG =
  'emit m0@s0,emit m1@s1,HANG,execute append@s0,execute append@s1,link m0@s0,link m1@s0,link m0@s1,link m1@s1'.split(
    ',',
  )

function ruleIn({ violations }: Report, rule: string): readonly string[] | undefined {
  return violations.find((violation) => violation.rule.startsWith(rule))?.trace
}

function shortest(model: Model<Former>, rule: string): readonly string[] | undefined {
  const only = {
    ...model,
    violations: (state: Former) => model.violations(state).filter((one) => one.startsWith(rule)),
  }
  return ruleIn(explore(only, { first: true, states: 200_000 }), rule)
}

// The model of rooms with history before they were redesigned (decision 7). D1 to D5 are the names of the faults in its rules.

describe('the explorer finds the faults of the former design of rooms with history', () => {
  test('D1: a room receives no messages after a hang', () => {
    const model = formerModel({ emits: 4, timeouts: 1, hang: true })
    expect(shortest(from(model, reach(model, HUNG)), 'D1')).toBeDefined()
  })

  test('D2: a room receives no messages after the store was rolled back while a server without members continues', () => {
    expect(shortest(formerModel({ emits: 1, rollbacks: 1, members: [true, false] }), 'D2')).toBeDefined()
  })

  test('D3: recovered is true although messages were lost in a rollback within an epoch', () => {
    expect(shortest(formerModel({ emits: 3, rollbacks: 1, members: [true, false] }), 'D3')).toBeDefined()
  })

  test('two messages without a fault of the store break no rule', () => {
    expect(explore(formerModel({ emits: 2 }))).toMatchObject({ exhausted: true, violations: [] })
  })
})

// Each of these takes seconds.
if (scale(true, false)) {
  describe('a long run of the explorer finds the faults of the former design of rooms with history', () => {
    test('D1: breadth-first and random schedules from the initial state find that a room receives no messages', () => {
      expect(shortest(formerModel({ emits: 3, timeouts: 1, hang: true }), 'D1')).toBeDefined()
      const model = formerModel({ emits: 4, timeouts: 1, hang: true })
      expect(ruleIn(walk(model, { seed: 1, depth: 40, states: 60_000 }), 'D1')).toBeDefined()
    })

    test('D4: messages beyond the number that may wait are lost although the store has no fault', () => {
      expect(shortest(formerModel({ emits: 4, held: 1 }), 'D4')).toBeDefined()
    })

    test('D5: a task that waits for messages sent before it never runs after messages of a past epoch were dropped', () => {
      expect(shortest(formerModel({ emits: 3, timeouts: 1 }), 'D5')).toBeDefined()
    })
  })
}
