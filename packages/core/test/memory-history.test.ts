import { MemoryHistory } from '../src/broker/memory-history.js'

const bytes = Buffer.alloc(1000)
const options = { size: 10, ttl: 1000, beyond: 0 }

test('a topic holds its window and no more', () => {
  const history = new MemoryHistory()
  for (let n = 0; n < 10_000; n += 1) history.append('a', bytes, options)
  expect(history.since('a', 100, options).entries.map(({ offset }) => offset)).toEqual(
    Array.from({ length: 10 }, (_, n) => 9991 + n),
  )
  expect(history.size).toBeLessThan(10 * 1200 + 200)
})

test('any number of topics holds a bounded number of bytes: who was silent for longest is forgotten', () => {
  const history = new MemoryHistory(100_000)
  for (let n = 0; n < 5000; n += 1) {
    history.append(`t${n}`, bytes, options)
    history.append('busy', bytes, options)
  }
  expect(history.size).toBeLessThan(102_000)
  expect(history.topics).toBeLessThan(100)
  expect(history.since('busy', 5, options).entries.length).toBe(5)
  expect(history.since('t1', { offset: 0, epoch: 'old' }, options).lost).toBe('epoch')
})

test('topics that are over are forgotten as others come', () => {
  let now = 0
  const history = new MemoryHistory(Infinity, () => now)
  for (let n = 0; n < 100; n += 1) history.append(`t${n}`, bytes, options)
  now = 1001
  history.append('new', bytes, options)
  expect(history.topics).toBe(1)
})

test('asking for topics that never were is bounded too', () => {
  const history = new MemoryHistory(50_000)
  for (let n = 0; n < 5000; n += 1) history.since(`t${n}`, 0, options)
  expect(history.size).toBeLessThan(52_000)
})

test('one topic with more than all may hold keeps what came last, and takes nothing from those that come after', () => {
  const history = new MemoryHistory(10_000)
  const wide = { ...options, size: 1000 }
  const { epoch } = history.append('busy', bytes, wide)
  for (let n = 1; n < 500; n += 1) expect(history.append('busy', bytes, wide)).toEqual({ epoch, offset: n + 1 })
  expect(history.size).toBeLessThan(12_000)
  expect(history.since('busy', { epoch, offset: 497 }, wide).entries.map(({ offset }) => offset)).toEqual([
    498, 499, 500,
  ])
  expect(history.since('busy', { epoch, offset: 1 }, wide).lost).toBe('expired')
  for (const topic of ['a', 'b']) history.append(topic, Buffer.from('small'), wide)
  expect(history.since('b', 5, wide).entries).toHaveLength(1)
  expect(history.size).toBeLessThan(12_000)
})
