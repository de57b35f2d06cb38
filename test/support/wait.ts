import { setTimeout } from 'node:timers/promises'

/** Resolves once the condition holds. @throws Error where it does not within `ms` milliseconds */
export async function until(condition: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${ms} ms: ${condition.toString()}`)
    await setTimeout(5)
  }
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

/** A gate that closed things wait at until it is opened. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
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
