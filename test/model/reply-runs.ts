import { replyModel } from './reply-model.js'
import type { ReplyBounds } from './reply-world.js'
import { exhaust, type ModelRun } from './run.js'

const all = (title: string, bounds: Partial<ReplyBounds>): ModelRun =>
  exhaust(`streamed replies: ${title}`, replyModel(bounds))

/** Runs that visit every state within a second. */
export const REPLY_RUNS: readonly ModelRun[] = [
  all('values for a slow reader', { values: 4, stalls: 4 }),
  all('a cancel', { values: 2, stalls: 2, throws: 1, cancels: 3 }),
  all('a close', { values: 2, stalls: 2, throws: 1, closes: 1 }),
  all('values without a JSON form', { values: 3, bad: 2, stalls: 1, throws: 1 }),
  all('everything once', { values: 2, bad: 1, stalls: 1, throws: 1, cancels: 1, closes: 1, timeouts: 1, shutdowns: 1 }),
  all('everything twice', {
    values: 4,
    bad: 2,
    stalls: 4,
    throws: 3,
    cancels: 2,
    closes: 1,
    timeouts: 2,
    shutdowns: 1,
  }),
]
