import { duplicateModel } from './duplicate-model.js'
import type { DuplicateBounds } from './duplicate-world.js'
import { exhaust, type ModelRun } from './run.js'

const all = (title: string, bounds: DuplicateBounds): ModelRun =>
  exhaust(`failed recoveries: ${title}`, duplicateModel(bounds))

/** Runs that visit every state within seconds. */
export const QUICK_DUPLICATE_RUNS: readonly ModelRun[] = [
  all('a server that is behind', { messages: 4, recovers: 3 }),
  all('messages that except the client, and messages without a position', { excepted: 1, raw: 1, recovers: 2 }),
  all('the store was set back', { messages: 4, losses: 1, recovers: 2, waits: 1, raw: 1 }),
  all('another epoch begins', { messages: 4, losses: 1, epochs: 1, recovers: 2, waits: 1 }),
  all('the client is an epoch ahead', {
    messages: 4,
    epochs: 1,
    recovers: 2,
    waits: 1,
    excepted: 1,
    isAfterEpoch: true,
  }),
  all('the client asks for the last messages', { messages: 4, recovers: 2, lasts: 2, raw: 1, losses: 1 }),
]

/** Runs that take minutes. */
export const LONG_DUPLICATE_RUNS: readonly ModelRun[] = [
  all('everything twice', {
    messages: 6,
    excepted: 1,
    raw: 2,
    losses: 1,
    epochs: 1,
    recovers: 3,
    lasts: 2,
    waits: 2,
    client: 4,
  }),
]
