import { performance } from 'node:perf_hooks'

/** The time of the tests of a file, in milliseconds. */
export interface FakeClock {
  now: number
}

/** Drives `performance.now()` and the timers of every test of the file: only the test lets time pass. */
export function fakeClock(start = 1_000_000): FakeClock {
  const clock = { now: start }
  beforeEach(() => {
    clock.now = start
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] })
    jest.spyOn(performance, 'now').mockImplementation(() => clock.now)
  })
  afterEach(() => {
    jest.restoreAllMocks()
    jest.useRealTimers()
  })
  return clock
}
