import { scale } from '../support/scale.js'
import { describeReport, explore } from './explorer.js'
import { replyModel } from './reply-model.js'
import { REPLY_RUNS } from './reply-runs.js'
import { REPLY_CODE, type ReplyBounds, type ReplyCode } from './reply-world.js'

// Explores the pure code of streamed replies. Whatever ends a stream, and whenever, the client gets one answer and nothing
// after it, the iterator ends once, and the slot is free once everything has settled.

/** The most states of each run. */
const STATES = scale(Infinity, 4000)

test.each(REPLY_RUNS.map(({ title, run }) => [title, run] as const))('%s: every rule holds', (title, run) => {
  const report = run({ states: STATES })
  const whole = report.exhausted || report.states >= STATES
  expect({ ...report, whole, title: describeReport(title, report) }).toMatchObject({ violations: [], whole: true })
})

const { streamEnded, streamPulled, streamReady, streamThrew } = REPLY_CODE

const MUTANTS: readonly (readonly [string, string, Partial<ReplyBounds>, Partial<ReplyCode>])[] = [
  [
    'the slot is free before next() has settled',
    'the slot is free only once everything has settled',
    { cancels: 1 },
    {
      streamEnded: (stream, cause) => {
        stream.isPulling = false
        return streamEnded(stream, cause)
      },
    },
  ],
  [
    'a value that comes after the end is sent',
    'number after the answer',
    { values: 1, cancels: 1 },
    {
      streamPulled: (stream, pulled, hasRoom) =>
        streamPulled({ ...stream, isEnded: false }, pulled, hasRoom).filter((effect) => effect.do === 'next'),
    },
  ],
  [
    'a stream ends twice',
    'return() is called at most once',
    { cancels: 1, closes: 1 },
    { streamEnded: (stream, cause) => streamEnded(Object.assign(stream, { isEnded: false }), cause) },
  ],
  [
    'room is not looked at when a value comes',
    'a value is sent without room',
    { values: 1, stalls: 1 },
    { streamPulled: (stream, pulled) => streamPulled(stream, pulled, true) },
  ],
  [
    'what is held is forgotten',
    'every value was sent before the reply',
    { values: 1, stalls: 1 },
    { streamReady: (stream) => streamReady(Object.assign(stream, { held: undefined })) },
  ],
  [
    'a failure after the end is an answer',
    'string after the answer',
    { throws: 1, cancels: 1 },
    { streamThrew: (stream, error) => streamThrew({ ...stream, isEnded: false }, error) },
  ],
  [
    'every failure after the end is reported',
    'at most one failure is reported after the end',
    { throws: 2, cancels: 1 },
    {
      streamThrew: (stream, error) => streamThrew(Object.assign(stream, { isReported: false }), error),
      streamReturned: (stream, failure) =>
        REPLY_CODE.streamReturned(Object.assign(stream, { isReported: false }), failure),
    },
  ],
]

test.each(MUTANTS)('the explorer finds the mutant: %s', (_, rule, bounds, code) => {
  const { violations } = explore(replyModel(bounds, { ...REPLY_CODE, ...code }), { ms: 10_000 })
  expect(violations.map((violation) => violation.rule)).toContain(rule)
})
