import fc from 'fast-check'
import { Sequence } from '../src/history/sequence.js'

// Every message once and in order, from whatever way it comes.

function collect(): { sequence: Sequence<number>; got: number[] } {
  const got: number[] = []
  return { sequence: new Sequence<number>((item) => got.push(item)), got }
}

const at = (offset: number, epoch = 'e'): { offset: number; epoch: string } => ({ offset, epoch })

test('whatever comes, twice or in any order, is delivered once and in order', () => {
  const arrivals = fc.integer({ min: 1, max: 30 }).chain((count) => {
    const numbers = Array.from({ length: count }, (_, n) => n + 1)
    const doubled = fc.subarray(numbers).map((some) => [...numbers, ...some])
    return doubled.chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }))
  })
  fc.assert(
    fc.property(arrivals, (all) => {
      const { sequence, got } = collect()
      sequence.begin(at(0))
      for (const offset of all) sequence.offer(at(offset), offset)
      expect(got).toEqual([...new Set(all)].toSorted((one, other) => one - other))
      expect(sequence.waiting).toBe(false)
    }),
  )
})

test('says when an earlier one is missing', () => {
  const { sequence, got } = collect()
  sequence.begin(at(5))
  expect(sequence.offer(at(6), 6)).toBe(true)
  expect(sequence.offer(at(8), 8)).toBe(false)
  expect(got).toEqual([6])
  expect(sequence.offer(at(7), 7)).toBe(true)
  expect(got).toEqual([6, 7, 8])
  expect(sequence.offer(at(7), 7)).toBe(true)
  expect(got).toEqual([6, 7, 8])
})

test('what comes before it has begun waits for the beginning', () => {
  const { sequence, got } = collect()
  for (const offset of [4, 3, 5]) sequence.offer(at(offset), offset)
  expect(got).toEqual([])
  sequence.begin(at(3))
  expect(got).toEqual([4, 5])
})

test('a new epoch goes on with whatever comes first, and the old one is over', () => {
  const { sequence, got } = collect()
  sequence.begin(at(3))
  sequence.offer(at(5), 5)
  expect(sequence.offer(at(9, 'new'), 9)).toBe(true)
  sequence.offer(at(4), 4)
  expect(sequence.offer(at(10, 'new'), 10)).toBe(true)
  expect(got).toEqual([9, 10])
  expect(sequence.last).toEqual(at(10, 'new'))
})

test('what was read up to a position leaves nothing out behind it', () => {
  const { sequence, got } = collect()
  sequence.begin(at(0))
  for (const offset of [7, 5, 3]) sequence.offer(at(offset), offset)
  sequence.reach(at(4))
  expect(got).toEqual([3, 5])
  expect(sequence.last).toEqual(at(5))
  // 6 may still come: it was said after the reading.
  expect(sequence.waiting).toBe(true)
  sequence.offer(at(6), 6)
  expect(got).toEqual([3, 5, 6, 7])
  sequence.reach(at(9))
  expect(sequence.last).toEqual(at(9))
  sequence.reach(at(1, 'new'))
  expect(sequence.offer(at(2, 'new'), 2)).toBe(true)
  expect(got).toEqual([3, 5, 6, 7, 2])
})

test('a gap that nobody can fill is left behind: what waits is delivered in order', () => {
  const { sequence, got } = collect()
  sequence.begin(at(0))
  for (const offset of [5, 3]) sequence.offer(at(offset), offset)
  sequence.skip()
  expect(got).toEqual([3, 5])
  expect(sequence.last).toEqual(at(5))
})

test('what waits is bounded', () => {
  const { sequence, got } = collect()
  sequence.begin(at(0))
  for (let offset = 2; offset < 5000; offset += 1) sequence.offer(at(offset), offset)
  sequence.offer(at(1), 1)
  expect(got.length).toBeLessThan(1100)
  expect(sequence.offer(at(4000), 4000)).toBe(false)
})
