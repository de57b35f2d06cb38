import fc from 'fast-check'
import { inBatches } from '../support/wait.js'

/** How a crowd is made. */
export interface CrowdOptions<T> {
  readonly seed: number
  readonly count: number
  /** How many are under way at a time. */
  readonly width: number
  readonly arbitrary: fc.Arbitrary<T>
  /** Tries one, which is at this place of its round. @returns what was wrong, in words */
  readonly trial: (value: T, at: number, patience: number) => Promise<string | undefined>
  readonly progress?: (done: number) => void
  /** Called before each round with what makes it again. */
  readonly begins?: (seed: number, count: number) => void
}

/** One that went wrong, made as small as it goes. */
export interface Failure<T> {
  readonly value: T
  readonly difference: string
  /** Makes the same crowd again, this one its last. */
  readonly seed: number
  readonly count: number
  /** Whether it went wrong again when it was alone. */
  readonly again: boolean
}

/** What is generated from one seed; the next so many have the next seed. */
const ROUND = 512
/** Milliseconds that a trial may take, and those of a value that is being shrunk. */
const PATIENCE = 20_000
const SHORT_PATIENCE = 500
/** Milliseconds that shrinking may take. */
const SHRINKING = 60_000

/** Tries so many values, many at a time. @returns the first that went wrong */
export async function crowd<T>(options: CrowdOptions<T>): Promise<Failure<T> | undefined> {
  const { seed, count, width, arbitrary, trial, progress } = options
  for (let done = 0, round = 0; done < count; done += ROUND, round += 1) {
    const size = Math.min(ROUND, count - done)
    options.begins?.(seed + round, size)
    const values = fc.sample(arbitrary, { seed: seed + round, numRuns: size })
    let first: { readonly at: number; readonly difference: string } | undefined
    await inBatches([...values.entries()], width, async ([at, value]) => {
      const difference = first ? undefined : await trial(value, at, PATIENCE)
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

async function shrink<T>({ arbitrary, trial }: CrowdOptions<T>, first: First<T>): Promise<Failure<T>> {
  const { seed, at, value, difference } = first
  let smallest = { value, difference, again: false }
  const property = fc.asyncProperty(arbitrary, async (one) => {
    const wrong = await trial(one, at, SHORT_PATIENCE)
    if (wrong === undefined) return
    smallest = { value: one, difference: wrong, again: true }
    throw new Error(wrong)
  })
  await fc.check(property, { seed, path: String(at), numRuns: 1, interruptAfterTimeLimit: SHRINKING })
  return { seed, count: at + 1, ...smallest }
}
