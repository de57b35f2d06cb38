import { judge } from './judge.js'
import type { ClientPosition, Happening, StoredEntry } from './timeline.js'

// The judge of the fault tests finds each kind of fault in a run that has exactly one.

type Fact = Happening extends infer One ? (One extends Happening ? Omit<One, 'at' | 'connection'> : never) : never

const at = (offset: number, epoch = 'one'): ClientPosition => ({ offset, epoch })
const begun: Fact = { kind: 'begun', position: at(0) }
const message = (n: number, epoch = 'one'): Fact => ({ kind: 'message', id: `#0.${n}#`, position: at(n, epoch) })
const gap = (offset: number, epoch = 'two'): Fact => ({ kind: 'loss', how: 'gap', position: at(offset, epoch) })
const refused = (offset: number): Fact => ({ kind: 'loss', how: 'refused', position: at(offset) })
const stored = (...offsets: number[]): StoredEntry[] => offsets.map((offset) => ({ offset, id: `#0.${offset}#` }))

/** Three messages are emitted, one every ten milliseconds; the facts follow at intervals of five milliseconds. */
function judged(facts: readonly Fact[], entries = stored(1, 2, 3)): ReturnType<typeof judge> {
  const happenings = facts.map((fact, index) => ({ ...fact, at: index === 0 ? 0 : 100 + 5 * index, connection: 1 }))
  const emissions = [1, 2, 3].map((n) => ({ id: `#0.${n}#`, room: 'log', server: 0, at: 10 * n }))
  const timelines = [{ room: 'log', name: 'ann', happenings }]
  return judge({ timelines, emissions, stored: new Map([['log', entries]]), killed: new Map() })
}

test('the judge finds no problem in a run without a fault', () => {
  const whole = judged([begun, message(1), message(2), message(3)])
  expect(whole).toEqual({
    lost: [],
    falseRecovered: [],
    duplicates: [],
    disorder: [],
    gaps: 0,
    arrived: 1,
    unkept: 0,
    late: 0,
    epochs: 0,
  })
})

test('a message that is missed without a gap is lost', () => {
  expect(judged([begun, message(1), message(3)]).lost).toEqual(['ann in log misses #0.2# (offset 2)'])
})

test('a missed message before a gap counts as reported, one behind it as lost', () => {
  const judgement = judged([begun, gap(2, 'one'), message(3)])
  expect([judgement.lost, judgement.gaps]).toEqual([[], 1])
  expect(judged([begun, gap(1, 'one'), message(3)]).lost).toHaveLength(1)
})

test('another epoch without a gap does not report a lost message', () => {
  const turned: Fact = { kind: 'loss', how: 'epoch', position: at(2, 'two') }
  expect(judged([begun, message(1), turned, message(3, 'two')]).lost).toHaveLength(1)
})

test('a recovery that leaves a message out is false', () => {
  const recovered: Fact = { kind: 'recovered', from: at(1), position: at(3) }
  expect(judged([begun, message(1), { kind: 'left' }, message(2), message(3), recovered]).falseRecovered).toEqual([])
  expect(judged([begun, message(1), { kind: 'left' }, message(3), recovered]).falseRecovered).toHaveLength(1)
})

test('a recovery from a position at which the store has another message is false', () => {
  const recovered: Fact = { kind: 'recovered', from: at(1), position: at(1) }
  const other = [{ offset: 1, id: '#0.2#' }]
  expect(judged([begun, message(1), { kind: 'left' }, recovered], other).falseRecovered).toHaveLength(1)
})

test('a message may come again after a refused recovery that gave the client a position before it', () => {
  expect(judged([begun, message(1), message(2), refused(1), message(2), message(3)]).duplicates).toEqual([])
  expect(judged([begun, message(1), message(2), refused(2), message(2), message(3)]).duplicates).toHaveLength(1)
})

test('the judge finds a message that comes twice and one that comes late', () => {
  const twice = judged([begun, message(1), message(2), message(2), message(3)])
  expect(twice.duplicates).toEqual(['ann in log got #0.2# twice'])
  expect(judged([begun, message(2), message(1), message(3)]).disorder.length).toBeGreaterThan(0)
})
