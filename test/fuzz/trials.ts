import fc from 'fast-check'
import { inBatches } from '../support/wait.js'

/** The parameters of the trials. */
export interface TrialOptions<T> {
  readonly seed: number
  readonly count: number
  /** The number of simultaneous trials. */
  readonly width: number
  readonly arbitrary: fc.Arbitrary<T>
  /** Tries the value with this index of its round. @returns a description of what was wrong */
  readonly trial: (value: T, at: number, timeout: number) => Promise<string | undefined>
  readonly progress?: (done: number) => void
  /** Called before each round with the arguments that repeat it. */
  readonly begins?: (seed: number, count: number) => void
}

/** A value that failed, shrunk as far as possible. */
export interface Failure<T> {
  readonly value: T
  readonly difference: string
  /** The arguments that repeat the trials up to this value. */
  readonly seed: number
  readonly count: number
  /** Whether the value also failed alone. */
  readonly again: boolean
}

/** The number of values of one seed; the next values have the next seed. */
const ROUND = 512
/** Milliseconds that a trial may take, and that a trial may take during shrinking. */
const TIMEOUT_MS = 20_000
const SHRINK_TIMEOUT_MS = 500
/** Milliseconds that shrinking may take. */
const SHRINKING_MS = 60_000

/** Tries `count` values, many at a time. @returns the first that failed */
export async function runTrials<T>(options: TrialOptions<T>): Promise<Failure<T> | undefined> {
  const { seed, count, width, arbitrary, trial, progress } = options
  for (let done = 0, round = 0; done < count; done += ROUND, round += 1) {
    const size = Math.min(ROUND, count - done)
    options.begins?.(seed + round, size)
    const values = fc.sample(arbitrary, { seed: seed + round, numRuns: size })
    let first: { readonly at: number; readonly difference: string } | undefined
    await inBatches([...values.entries()], width, async ([at, value]) => {
      const difference = first ? undefined : await trial(value, at, TIMEOUT_MS)
      if (difference !== undefined) first ??= { at, difference }
    })
    if (first) return shrink(options, { seed: seed + round, ...first, value: values[first.at] as T })
    progress?.(done + values.length)
  }
  return undefined
}

interface First<T> {
  readonly seed: number
  readonly at: number
  readonly value: T
  readonly difference: string
}

async function shrink<T>({ arbitrary, trial }: TrialOptions<T>, first: First<T>): Promise<Failure<T>> {
  const { seed, at, value, difference } = first
  let smallest = { value, difference, again: false }
  const property = fc.asyncProperty(arbitrary, async (one) => {
    const wrong = await trial(one, at, SHRINK_TIMEOUT_MS)
    if (wrong === undefined) return
    smallest = { value: one, difference: wrong, again: true }
    throw new Error(wrong)
  })
  await fc.check(property, { seed, path: String(at), numRuns: 1, interruptAfterTimeLimit: SHRINKING_MS })
  return { seed, count: at + 1, ...smallest }
}
