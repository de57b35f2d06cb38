import { isThenable } from '../util/thenable.js'

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
