import { nameBytes, MAX_JSON_EXPANSION, parsedBytes, textBytes } from '../src/admission/json-weight.js'
import { packHeaders, unpackHeaders } from '../src/admission/packed-headers.js'
import { MemoryBudget } from '../src/admission/memory-budget.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a budget that is exceeded says so once a turn, and not if it is not exceeded any more by then', async () => {
  let exceeded = 0
  const budget = new MemoryBudget(100, () => (exceeded += 1))
  budget.charge('sending', 101)
  budget.charge('queued', 1)
  await turn()
  expect(exceeded).toBe(1)
  budget.charge('queued', 1)
  budget.charge('sending', -100)
  await turn()
  expect([exceeded, budget.used, budget.free]).toEqual([1, 3, 97])
})

test('a message that does not fit waits for its turn', async () => {
  const budget = new MemoryBudget(100, () => {})
  const begun: string[] = []
  budget.charge('handling', 90)
  for (const [name, bytes] of [
    ['large', 60],
    ['small', 20],
  ] as const) {
    const later = (): void => {
      begun.push(name)
      budget.charge('handling', bytes)
    }
    expect(budget.admits(bytes, later)).toBe(false)
  }
  budget.charge('handling', -40)
  await turn()
  expect(begun).toEqual([])
  budget.charge('handling', -30)
  await turn()
  expect(begun).toEqual(['large', 'small'])
})

test('one message is admitted however large it is', () => {
  expect(new MemoryBudget(1, () => {}).admits(1000, () => {})).toBe(true)
})

test.each(['[{},{},{}]', '[[[[[[]]]]]]', '{"a":1,"b":[1,2]}', '"text"', ''])(
  'no text is worth more than thirty-two times its length: %s',
  (text) => {
    expect(parsedBytes(text)).toBeLessThanOrEqual(MAX_JSON_EXPANSION * text.length)
  },
)

test('a text with one character beyond Latin-1 takes two bytes for each', () => {
  expect(textBytes('abc', 3)).toBe(3)
  expect(textBytes('ab\u0416', 4)).toBe(6)
  expect(nameBytes('abc')).toBeGreaterThan(6)
})

test.each([
  [{}],
  [{ host: 'a', cookie: 'x=1; y=2', 'set-cookie': ['a=1'], 'x-empty': '' }],
  [{ 'set-cookie': ['a=1', 'b=2'], 'x-list': ['1', '2', '3'], __proto__x: 'y' }],
])('headers are the same after they were packed: %j', (headers) => {
  expect(unpackHeaders(packHeaders(headers))).toEqual(headers)
})
