import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'

/** The number of checks in successive turns of the event loop, before a condition is checked every few milliseconds. */
const EAGER_LOOKS = 50

/** Resolves once the condition is true. @throws Error if it is not within `ms` milliseconds */
export async function until(condition: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms
  for (let looks = 0; !(await condition()); looks += 1) {
    if (performance.now() > deadline) throw new Error(`Not within ${ms} ms: ${condition.toString()}`)
    await (looks < EAGER_LOOKS ? turn() : setTimeout(5))
  }
}

/** Resolves in the next turn of the event loop, after the writes of the current one. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Resolves once an assertion passes, however often it has to be tried.
 * @throws the failure of the last try, which names the last value, if it does not pass within `ms` milliseconds
 */
export async function expectEventually(assertion: () => unknown, ms = 5000): Promise<void> {
  const deadline = Date.now() + ms
  for (;;) {
    try {
      await assertion()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await setTimeout(5)
  }
}

/** A promise and the function that fulfils it. */
export function latch(): { readonly held: Promise<void>; readonly release: () => void } {
  let release!: () => void
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  return { held, release }
}

/** Runs the work for every item, at most `width` at a time. */
export async function inBatches<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: width }, lane))
}
