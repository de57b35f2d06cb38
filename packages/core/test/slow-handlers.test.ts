import { SlowHandlers } from '../src/observability/slow-handlers.js'
import { forgetShownWarnings, Warnings } from '../src/observability/warnings.js'
import { latch, turn } from '../../../test/support/wait.js'

// The timer that looks for handlers that do not settle.

let shown: string[] = []

beforeEach(() => {
  shown = []
  forgetShownWarnings()
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] })
  jest.spyOn(process, 'emitWarning').mockImplementation((text) => void shown.push(String(text)))
})

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
  forgetShownWarnings()
})

const never = new Promise<void>(() => {})

/** A watch over the handlers of a hub. */
function watched(): SlowHandlers {
  return new SlowHandlers(new Warnings('slow', true))
}

test('the timer for slow handlers ends at the next look once all handlers have settled', async () => {
  const handlers = watched()
  const { held, release } = latch()
  handlers.watch('a', held)
  handlers.watch('b', Promise.resolve())
  await turn()
  jest.advanceTimersByTime(5000)
  expect(jest.getTimerCount()).toBe(1)
  release()
  await turn()
  jest.advanceTimersByTime(5000)
  expect([jest.getTimerCount(), shown]).toEqual([0, []])
})

test('the timer for slow handlers starts again for a handler that follows', async () => {
  const handlers = watched()
  handlers.watch('a', Promise.resolve())
  await turn()
  jest.advanceTimersByTime(5000)
  handlers.watch('b', never)
  jest.advanceTimersByTime(30_000)
  expect(shown).toEqual([])
  jest.advanceTimersByTime(5000)
  expect(shown).toEqual([expect.stringContaining(' It is that of "b". ')])
})

test('the timer for slow handlers ends once a handler was reported, and the others are not watched any more', () => {
  const handlers = watched()
  handlers.watch('a', never)
  handlers.watch('b', never)
  expect(jest.getTimerCount()).toBe(1)
  jest.advanceTimersByTime(35_000)
  expect(shown).toEqual([expect.stringContaining(' It is that of "a". ')])
  expect([jest.getTimerCount(), handlers.isWatching]).toEqual([0, false])
})
