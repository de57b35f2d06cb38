import { describeReport, explore, from, type Model, reach, walk } from './explorer.js'
import { clone, hashOf } from './plain.js'

/** A counter that may go up by one or by two, and must not become `forbidden`. */
function counter(end: number, forbidden: number): Model<{ readonly at: number }> {
  return {
    initial: () => [{ at: 0 }],
    steps: ({ at }) =>
      [1, 2].filter((by) => at + by <= end).map((by) => ({ label: `+${by}`, run: () => ({ at: at + by }) })),
    violations: ({ at }) => (at === forbidden ? [`it is ${at}`] : []),
    key: hashOf,
  }
}

describe('explorer', () => {
  test('a run that visits every state once is exhausted', () => {
    expect(explore(counter(10, -1))).toMatchObject({ states: 11, steps: 19, exhausted: true, violations: [] })
  })

  test('a broken rule is reported with the shortest trace', () => {
    expect(explore(counter(10, 4)).violations).toMatchObject([{ rule: 'it is 4', trace: ['+2', '+2'] }])
  })

  test('a run that reaches its bound is cut off', () => {
    const report = explore(counter(1e9, -1), { states: 100 })
    expect(report.exhausted).toBe(false)
    expect(describeReport('counter', report)).toContain('cut off')
  })

  test('a random walk finds the same violation again with the same seed', () => {
    const [one, other] = [7, 7].map((seed) => walk(counter(50, 37), { seed, depth: 60, first: true }).violations[0])
    expect(one?.trace).toContain('+2')
    expect(other?.trace).toEqual(one?.trace)
  })

  test('a run starts where a list of steps leads', () => {
    const model = counter(10, -1)
    expect(explore(from(model, reach(model, ['+2', '+1']))).states).toBe(8)
    expect(() => reach(model, ['+3'])).toThrow('There is no step +3, only: +1, +2')
  })
})

describe('plain data', () => {
  test('equal values have one hash, whatever the order of their keys', () => {
    expect(hashOf({ a: [1, { b: 'x' }], c: undefined })).toBe(hashOf({ a: [1, { b: 'x' }] }))
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }))
  })

  test('different values have different hashes', () => {
    const values = [0, 1, '1', true, [], {}, [[]], [1, 2], [2, 1], { a: 1 }, { b: 1 }, { a: 2 }, { a: '1' }, undefined]
    expect(new Set(values.map(hashOf)).size).toBe(values.length)
    const many = Array.from({ length: 100_000 }, (_, i) => ({ offset: i % 317, tag: String(i) }))
    expect(new Set(many.map(hashOf)).size).toBe(many.length)
  })

  test('a copy shares nothing with its original', () => {
    const original = { list: [{ a: 1 }] }
    const copy = clone(original)
    copy.list.push({ a: 2 })
    expect(original.list).toEqual([{ a: 1 }])
  })
})
