import fc from 'fast-check'
import { VolatileBuffer } from '../src/broadcast/volatile-buffer.js'

const ROOMS = ['a', 'b', undefined]

interface Put {
  readonly put: { readonly slot: string | undefined; readonly room: number; readonly size: number }
}
type Step = Put | { readonly forget: 'a' | 'b' } | 'take'

const slots = fc.option(fc.constantFrom('p', 'q', 'r', 's', 't'), { nil: undefined })
const puts = fc.record({ put: fc.record({ slot: slots, room: fc.nat(2), size: fc.nat(30) }) })
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: puts },
    fc.record({ forget: fc.constantFrom('a', 'b') }),
    fc.constant('take' as const),
  ),
)

/** The items that should be kept, oldest first, computed in the simplest way. */
interface Expected {
  readonly slot: string
  readonly room: string | undefined
  readonly item: number
  readonly bytes: number
}

const LIMITS = { count: 3, bytes: 60 }
const total = (kept: readonly Expected[]): number => kept.reduce((sum, { bytes }) => sum + bytes, 0)

function expectedAfter(kept: readonly Expected[], step: Step, item: number): readonly Expected[] {
  if (step === 'take') return []
  if ('forget' in step) return kept.filter(({ room }) => room !== step.forget)
  const { slot, size } = step.put
  const room = ROOMS[step.put.room]
  if (slot === undefined) return kept
  const next = [...kept.filter((one) => one.slot !== slot), { slot, room, item, bytes: size + 2 }]
  while (next.length > LIMITS.count || total(next) > LIMITS.bytes) next.shift()
  return next
}

/** Runs a step. @returns the items that it has returned, and the number of dropped messages */
function play(buffer: VolatileBuffer<number>, step: Step, item: number): { taken: readonly number[]; dropped: number } {
  if (step === 'take') return { taken: buffer.take().map((one) => one.item), dropped: 0 }
  if ('forget' in step) return { taken: [], dropped: buffer.forget(step.forget) }
  const { slot, room, size } = step.put
  return { taken: [], dropped: buffer.put(item, { slot, room: ROOMS[room] }, size) }
}

test('the newest message of each slot is kept, within the limits, and every other one is counted as dropped', () => {
  fc.assert(
    fc.property(steps, (all: readonly Step[]) => {
      const buffer = new VolatileBuffer<number>(LIMITS)
      let expected: readonly Expected[] = []
      let gone = 0
      for (const [item, step] of [...all, 'take' as const].entries()) {
        const before = expected
        expected = expectedAfter(before, step, item)
        const { taken, dropped } = play(buffer, step, item)
        expect(taken).toEqual(step === 'take' ? before.map((one) => one.item) : [])
        gone += taken.length + dropped
        const putSoFar = all.slice(0, item + 1).filter((one) => one !== 'take' && 'put' in one).length
        expect({ puts: putSoFar, bytes: buffer.bytes }).toEqual({
          puts: gone + expected.length,
          bytes: total(expected),
        })
      }
    }),
    { numRuns: 1000 },
  )
})

test('a message that is too large by itself is not kept, and neither is the outdated one in its slot', () => {
  const buffer = new VolatileBuffer<string>({ count: 3, bytes: 10 })
  const mark = { slot: 'p', room: undefined }
  expect(buffer.put('small', mark, 8)).toBe(0)
  expect(buffer.put('large', mark, 9)).toBe(2)
  expect(buffer.take()).toEqual([])
})
