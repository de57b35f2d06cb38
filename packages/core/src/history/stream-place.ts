import type { BrokerHistory, HistoryWindow, Replay } from '../broker/broker-history.js'
import { type Parcel, unpack } from '../broker/parcel.js'
import { isThenable } from '../thenable.js'
import type { ReadAnswer, Unkept } from './stream-state.js'

/** Where a stream is kept. */
export interface StreamPlace {
  readonly history: BrokerHistory
  readonly topic: string
  readonly window: HistoryWindow
  readonly unkept: Unkept
}

/** What happens when the store has answered, and when it has failed. */
export interface Outcome<Answer> {
  readonly done: (answer: Answer) => void
  readonly failed: (error: unknown) => void
}

/** Asks the store. The outcome follows at once if the store answers at once. @returns never rejects */
export function ask<Answer>(question: () => Answer | Promise<Answer>, outcome: Outcome<Answer>): Promise<void> | void {
  try {
    const answer = question()
    if (isThenable(answer)) return settle(answer, outcome)
    outcome.done(answer)
  } catch (error) {
    outcome.failed(error)
  }
}

async function settle<Answer>(answer: PromiseLike<Answer>, { done, failed }: Outcome<Answer>): Promise<void> {
  let value: Answer
  try {
    value = await answer
  } catch (error) {
    return failed(error)
  }
  done(value)
}

/** What a store has answered to a server, its messages unpacked. */
export function answerOf({ entries, ...replay }: Replay): ReadAnswer<Parcel> {
  return {
    ...replay,
    entries: entries.map(({ offset, tag, bytes }) => ({ offset, tag, message: eventIn(bytes) })),
  }
}

/** The event of a room in these bytes; `undefined` if this server can't read them. */
export function eventIn(bytes: Uint8Array): Parcel | undefined {
  const parcel = unpack(bytes)
  return parcel?.event && parcel.address.scope === 'room' ? parcel : undefined
}
