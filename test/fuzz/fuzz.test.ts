import { isDeepStrictEqual } from 'node:util'
import { expresses, hosts } from '../contract/hosts/index.js'
import { CLOSES } from '../conformance/closes.js'
import { type FrameCase, verdictOf } from '../conformance/case.js'
import { COMPRESSION } from '../conformance/compression.js'
import { FRAMES } from '../conformance/frames.js'
import { TEXTS } from '../conformance/texts.js'
import { scale } from '../support/scale.js'
import { fuzzHandshakes, fuzzStreams } from './campaign.js'
import { predict } from './oracle.js'
import { explain } from './report.js'

// `npm run fuzz` is the long run. Here each run has a new seed, and a failure shows how to repeat it.
const HANDSHAKES = scale(600, 20)
const STREAMS = scale(1500, 40)
const seed = Math.trunc(Math.random() * 2 ** 30)

test(`every framework refuses ${HANDSHAKES} malformed handshakes and serves a healthy client meanwhile`, async () => {
  const report = await fuzzHandshakes({ seed, count: HANDSHAKES, width: 32, hosts })
  expect(explain('handshakes', report)).toEqual([])
}, 120_000)

test(`${STREAMS} frame streams end as the oracle predicts while a healthy client is served`, async () => {
  const report = await fuzzStreams({ seed, count: STREAMS, width: 32, hosts: expresses.slice(-1) })
  expect(explain('streams', report)).toEqual([])
}, 120_000)

describe('the oracle', () => {
  // Checks the oracle against the tables of test/conformance, which are written by hand.
  test.each([
    ['plain', false],
    ['deflate', true],
  ])('the oracle agrees with every case of the tables, %s', (mode, compressed) => {
    const cases = [...FRAMES, ...TEXTS, ...CLOSES, ...COMPRESSION].filter((one) => (one.mode ?? mode) === mode)
    expect(cases.map((one) => mispredicted(one, compressed)).filter(Boolean)).toEqual([])
  })
})

/** @returns the name of a case for which the oracle predicts another outcome */
function mispredicted(one: FrameCase, compressed: boolean): string | undefined {
  const windowBits = one.offer?.endsWith('=9') ? 9 : 15
  const declined = one.offer?.includes('server_max_window_bits') ?? false
  const terms = { compressed: compressed && !declined, windowBits, limit: 256 * 1024, parts: 16_384 }
  const { certain: _, ...verdict } = predict(Buffer.concat(one.frames), terms)
  return isDeepStrictEqual(verdict, verdictOf(one)) ? undefined : `${one.section}, ${one.name}`
}
