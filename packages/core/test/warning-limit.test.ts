import { WarningLimit } from '../src/observability/warning-limit.js'

test('ten warnings of a kind are shown at once, then one every ten seconds that counts the others', () => {
  const limit = new WarningLimit()
  const shown = Array.from({ length: 1000 }, () => limit.admit('a', 0)).filter((one) => one !== undefined)
  expect(shown).toEqual(Array<number>(10).fill(0))
  expect(limit.admit('a', 9999)).toBeUndefined()
  expect(limit.admit('a', 10_000)).toBe(991)
  expect(limit.admit('a', 10_001)).toBeUndefined()
})

test('many warnings of one kind do not hide warnings of another', () => {
  const limit = new WarningLimit()
  for (let n = 0; n < 1000; n += 1) limit.admit('a', 0)
  expect(limit.admit('b', 0)).toBe(0)
})

test('kinds of warnings beyond the hundredth are counted as one kind', () => {
  const limit = new WarningLimit()
  const shown = Array.from({ length: 10_000 }, (_, n) => limit.admit(String(n), 0))
  expect(shown.filter((one) => one !== undefined)).toHaveLength(110)
})

test('a kind of warning among the first hundred is limited apart, however many other kinds follow', () => {
  const limit = new WarningLimit()
  for (let n = 0; n < 10_000; n += 1) limit.admit(String(n), 0)
  const shown = Array.from({ length: 20 }, () => limit.admit('0', 0)).filter((one) => one !== undefined)
  expect(shown).toEqual(Array<number>(9).fill(0))
})
