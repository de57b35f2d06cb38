import { getHeapStatistics } from 'node:v8'
import { nameBytes, MAX_JSON_EXPANSION, parsedBytes, textBytes } from '../src/admission/json-weight.js'
import { packHeaders, unpackHeaders } from '../src/admission/packed-headers.js'
import { defaultHubBytes, MemoryBudget } from '../src/admission/memory-budget.js'
import { relieveMemory } from '../src/admission/memory-relief.js'

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

test('a budget that is full to the byte is not exceeded', async () => {
  let exceeded = 0
  const budget = new MemoryBudget(100, () => (exceeded += 1))
  budget.charge('queued', 100)
  await turn()
  expect([exceeded, budget.free]).toEqual([0, 0])
})

test('a budget that is exceeded in two turns says so twice, and not if it is full to the byte in the end', async () => {
  let exceeded = 0
  const budget = new MemoryBudget(100, () => (exceeded += 1))
  for (const bytes of [101, 1]) {
    budget.charge('queued', bytes)
    await turn()
  }
  expect(exceeded).toBe(2)
  budget.charge('queued', 1)
  budget.charge('queued', -3)
  await turn()
  expect([exceeded, budget.used]).toEqual([2, 100])
})

test('a budget counts by kind, and leaves the last quarter to what is on its way', () => {
  const budget = new MemoryBudget(100, () => {})
  budget.charge('headers', 30)
  budget.charge('rooms', 20)
  const before = budget.use
  expect([budget.used, budget.free, budget.room]).toEqual([50, 50, 25])
  budget.charge('rooms', 70)
  expect([budget.used, budget.free, budget.room]).toEqual([120, 0, 0])
  expect(before).toEqual({ queued: 0, handling: 0, sending: 0, receiving: 0, headers: 30, rooms: 20 })
})

test('the default of a budget is a quarter of the heap', () => {
  expect(defaultHubBytes()).toBe(Math.floor(getHeapStatistics().heap_size_limit / 4))
})

test('a message that fits to the byte is admitted at once', () => {
  const budget = new MemoryBudget(100, () => {})
  budget.charge('handling', 90)
  expect(budget.admits(10, () => {})).toBe(true)
  expect(budget.admits(11, () => {})).toBe(false)
})

test('a message that waits begins once, when it fits to the byte or when no other is handled', async () => {
  const budget = new MemoryBudget(100, () => {})
  let begun = 0
  budget.charge('handling', 90)
  budget.admits(20, () => (begun += 1))
  budget.charge('handling', -5)
  budget.charge('handling', -5)
  await turn()
  expect(begun).toBe(1)
  budget.admits(1000, () => (begun += 1))
  budget.charge('handling', -80)
  await turn()
  expect(begun).toBe(2)
  budget.charge('queued', -1)
  await turn()
  expect(begun).toBe(2)
})

test('memory is released by the connections that hold the most, and by no more of them than needed', () => {
  const budget = new MemoryBudget(100, () => {})
  const evicted: number[] = []
  const holder = (heldBytes: number) => ({ core: { heldBytes, evict: () => void evicted.push(heldBytes) } })
  budget.charge('queued', 140)
  expect(relieveMemory([5, 0, 30, 10, 20].map(holder), budget)).toBe(2)
  expect(evicted).toEqual([30, 20])
  expect(relieveMemory([0, 10, 0, 30, 0].map(holder), budget)).toBe(2)
  expect(evicted).toEqual([30, 20, 30, 10])
  expect(relieveMemory([0, 5].map(holder), budget)).toBe(1)
  expect(relieveMemory([40, 5].map(holder), budget)).toBe(1)
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
  expect(nameBytes('abc')).toBe(70)
})

test('a parsed text costs its characters, and each container, element and property', () => {
  expect(parsedBytes('{"a":[1,2]}')).toBe(2 * 11 + 2 * 56 + 12 + 32)
})

test.each([
  [{ host: 'a', cookie: 'x=1; y=2', 'set-cookie': ['a=1'], 'x-empty': '' }],
  [{ 'set-cookie': ['a=1', 'b=2'], 'x-list': ['1', '2', '3'], __proto__x: 'y' }],
])('headers are the same after they were packed: %j', (headers) => {
  expect(unpackHeaders(packHeaders(headers))).toStrictEqual(headers)
})

test('no headers are left of a request without headers, and none of a header without a value', () => {
  expect(unpackHeaders(packHeaders({}))).toStrictEqual({})
  expect(unpackHeaders(packHeaders({ 'x-left-out': undefined, host: 'a' }))).toStrictEqual({ host: 'a' })
})
