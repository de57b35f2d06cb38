import { expresses } from '../contract/hosts/express.js'
import { scale } from '../support/scale.js'
import { inBatches } from '../support/wait.js'
import { type FrameCase, verdictOf } from './case.js'
import { CLOSES } from './closes.js'
import { AFTER_FINAL, COMPRESSION } from './compression.js'
import { FRAMES } from './frames.js'
import { play } from './stream.js'
import { type Mode, Target } from './target.js'
import { TEXTS } from './texts.js'

const [, host] = expresses
const TABLES: readonly (readonly [name: string, cases: readonly FrameCase[]])[] = [
  ['frames', FRAMES],
  ['texts', TEXTS],
  ['closes', CLOSES],
  ['compression', COMPRESSION],
]

let target: Target

beforeAll(async () => {
  target = await Target.open(host as NonNullable<typeof host>)
})

afterAll(() => target.close())

/** `npm test` tries every fourth case with the bytes sent with the handshake, or one by one. */
const STEP = scale(1, 4)

/** Ways to send the bytes: one frame per packet, all with the handshake, or one byte per packet. */
const WAYS: readonly (readonly [
  name: string,
  most: number,
  cut: (frames: readonly Buffer[]) => readonly Buffer[],
  early: boolean,
  step: number,
])[] = [
  ['frame by frame', Infinity, (frames) => frames, false, 1],
  ['with the handshake', Infinity, (frames) => [Buffer.concat(frames)], true, STEP],
  ['byte by byte', 150, (frames) => Array.from(Buffer.concat(frames), (byte) => Buffer.of(byte)), false, STEP],
]

describe.each(TABLES)('%s', (_, cases) => {
  describe.each(['plain', 'deflate'] as const)('%s', (mode: Mode) => {
    const ours = cases.filter((one) => (one.mode ?? mode) === mode)
    if (ours.length === 0) return

    test.each(WAYS)('%s', async (__, most, cut, early, step) => {
      const wrong: string[] = []
      const short = ours.filter(({ frames }) => Buffer.concat(frames).length <= most)
      const few = short.filter((___, index) => index % step === 0)
      await inBatches(few, 8, async (one) => {
        const offer = mode === 'deflate' ? (one.offer ?? 'permessage-deflate') : undefined
        const difference = await play(target, { mode, offer, pieces: cut(one.frames), early }, verdictOf(one))
        if (difference !== undefined) wrong.push(`${one.section}, ${one.name}: ${difference}`)
      })
      expect(wrong).toEqual([])
      expect(few.length).toBeGreaterThan(0)
    })
  })
})

// A known limit: Node's inflater stops at a final block and drops the rest of the message.
test.failing('a compressed message continues after a final block', async () => {
  const { frames, offer = 'permessage-deflate' } = AFTER_FINAL
  expect(await play(target, { mode: 'deflate', offer, pieces: frames }, verdictOf(AFTER_FINAL))).toBeUndefined()
})

test('every conformance case has a unique name', () => {
  const names = TABLES.flatMap(([table, cases]) => cases.map(({ section, name }) => `${table} ${section} ${name}`))
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})
