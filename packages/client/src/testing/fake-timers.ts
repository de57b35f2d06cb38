import { isIoFaked, type openSocket } from '@wshub/core/testing'

// Saved when this module is loaded: a test may fake the timers later.
const { setInterval: start, clearInterval: stop } = globalThis

/** Milliseconds between two checks of the timers. */
const EVERY_MS = 100

const SENTENCE =
  "The timers of Node's I/O are fake, so no data can arrive, and the client closes. Leave these real: " +
  "jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }), " +
  "vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }), " +
  "mock.timers.enable({ apis: ['setTimeout', 'Date'] })."

/** @throws Error if the timers of Node's I/O are fake, so that no data could arrive */
export function assertRealIo(): void {
  if (!isIoFaked()) return
  printError()
  throw new Error(SENTENCE)
}

/**
 * Closes a socket when a test fakes the timers of Node's I/O, which would hang the test. It waits for two
 * checks in a row, because a test may restore the timers before it waits for data.
 */
export function closeIfFaked(socket: ReturnType<typeof openSocket>): void {
  let looks = 0
  const look = (): void => {
    looks = isIoFaked() ? looks + 1 : 0
    if (looks < 2) return
    printError()
    // The socket's own `close` event needs the timers, so it would come only after the test has restored them.
    socket.emit('close', 4400, Buffer.from('fake timers'))
    socket.terminate()
  }
  const timer = start(look, EVERY_MS)
  timer.unref()
  socket.once('close', () => stop(timer))
}

/** Prints the error at once: process warnings and rejected promises would wait for the timers. */
function printError(): void {
  // oxlint-disable-next-line no-console -- it is the one channel that works
  console.error(SENTENCE)
}
