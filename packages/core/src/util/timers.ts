/** The largest delay that Node's timers know; a longer one would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** Something that happens later unless it is cancelled. */
export interface Deadline {
  cancel(): void
}

/**
 * Calls back once after this many milliseconds, which may be more than {@link MAX_DELAY_MS}.
 * @param keepsAlive whether the process lives until then
 * @returns an object that cancels the call
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
 * Waits for work for at most `ms` milliseconds.
 * @returns the result of the work
 * @throws (as a rejection) the error of the work; what `late` returns if the work takes longer
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

/** Calls back every `ms` milliseconds. The timer keeps no process alive. @returns an object that ends the calls */
export function every(ms: number, callback: () => void): Deadline {
  const timer = setInterval(callback, ms).unref()
  return { cancel: () => clearInterval(timer) }
}

/** Resolves in the next turn of the event loop, after all other work of this one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
