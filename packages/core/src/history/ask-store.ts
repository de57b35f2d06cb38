import { isThenable } from '../util/thenable.js'

/** Callbacks for the store's answer and for its failure. */
export interface Outcome<Answer> {
  readonly done: (answer: Answer) => void
  readonly failed: (error: unknown) => void
}

/** Asks the store. Calls `outcome` synchronously if the store answers synchronously. @returns never rejects */
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
