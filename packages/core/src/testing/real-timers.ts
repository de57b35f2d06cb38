// Saved when this module is loaded: a test may fake the timers of its app later, and these waits still work.
const { setTimeout: start, clearTimeout: stop } = globalThis

/** Calls back after real milliseconds, even with fake timers. @returns a function that cancels it */
export function realAfter(ms: number, callback: () => void): () => void {
  const timer = start(callback, ms)
  return () => stop(timer)
}

/** Resolves after real milliseconds. */
export function realDelay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    realAfter(ms, resolve)
  })
}

/** A possible reason why a message of the app has not arrived; empty while the timers are real. */
export function fakeTimersHint(): string {
  const faked = globalThis.setTimeout !== start || 'clock' in globalThis.setTimeout
  return faked ? '. The timers are fake: the hub sends at the end of a turn, which needs setImmediate and nextTick' : ''
}

const ioTimers = (): unknown[] => [setImmediate, Reflect.get(process, 'nextTick'), queueMicrotask]
const REAL = ioTimers()

/** Whether a test has faked functions that every stream of Node needs: no data arrives then. Test kits of clients use it. */
export function isIoFaked(): boolean {
  return ioTimers().some((timer, index) => timer !== REAL[index] || 'clock' in Object(timer))
}
