import type { BrokerHistory, HistoryWindow, Replay } from '../cluster/broker-history.js'
import { type ClusterMessage, decodeMessage } from '../cluster/cluster-message.js'
import { isThenable } from '../util/thenable.js'
import type { ReadAnswer, Unkept } from './stream-state.js'

/** The place of a stream: its store and its topic. */
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
export function askStore<Answer>(
  question: () => Answer | Promise<Answer>,
  outcome: Outcome<Answer>,
): Promise<void> | void {
  try {
    const answer = question()
    if (isThenable(answer)) return settleAnswer(answer, outcome)
    outcome.done(answer)
  } catch (error) {
    outcome.failed(error)
  }
}

async function settleAnswer<Answer>(answer: PromiseLike<Answer>, { done, failed }: Outcome<Answer>): Promise<void> {
  let value: Answer
  try {
    value = await answer
  } catch (error) {
    return failed(error)
  }
  done(value)
}

/** What a store has answered to a server, its messages unpacked. */
export function answerOf({ entries, ...replay }: Replay): ReadAnswer<ClusterMessage> {
  return {
    ...replay,
    entries: entries.map(({ offset, tag, bytes }) => ({ offset, tag, message: eventIn(bytes) })),
  }
}

/** The event of a room in these bytes; `undefined` if this server can't read them. */
export function eventIn(bytes: Uint8Array): ClusterMessage | undefined {
  const message = decodeMessage(bytes)
  return message?.event && message.address.scope === 'room' ? message : undefined
}
