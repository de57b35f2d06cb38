/** The largest delay that Node's timers know; a longer one would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** Something that happens later unless it is cancelled. */
export interface Deadline {
  cancel(): void
}

/**
 * Calls back once after this many milliseconds, however many.
 * @param keepsAlive whether the process lives until then
 * @returns the way to prevent it
 */
export function after(ms: number, callback: () => void, keepsAlive = true): Deadline {
  let left = ms
  let timer = wait()
  function wait(): NodeJS.Timeout {
    const part = Math.min(left, MAX_DELAY_MS)
    left -= part
    const next = setTimeout(() => {
      if (left > 0) timer = wait()
      else callback()
    }, part)
    return keepsAlive ? next : next.unref()
  }
  return { cancel: () => clearTimeout(timer) }
}

/**
 * A promise's outcome, or this error when it takes longer than `ms` milliseconds.
 * @throws what `late` returns
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let deadline: Deadline | undefined
  const timeout = new Promise<never>((_, reject) => {
    deadline = after(ms, () => reject(late()))
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    deadline?.cancel()
  }
}

/** Calls back every so many milliseconds, and keeps no process alive for it. @returns the way to end it */
export function every(ms: number, callback: () => void): Deadline {
  const timer = setInterval(callback, ms).unref()
  return { cancel: () => clearInterval(timer) }
}

/** Resolves once everything else that this turn of the event loop has to do has had its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
