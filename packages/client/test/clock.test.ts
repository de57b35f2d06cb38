import { newClock } from '../src/clock.js'

const DAY = 86_400_000

/** Milliseconds of the two clocks of the runtime. */
let steady = 0
let wall = 0

beforeEach(() => {
  steady = 1000
  wall = 1_700_000_000_000
  jest.spyOn(performance, 'now').mockImplementation(() => steady)
  jest.spyOn(Date, 'now').mockImplementation(() => wall)
})

afterEach(() => {
  jest.restoreAllMocks()
})

test('the clock advances with both clocks of the runtime', () => {
  const clock = newClock()
  steady += 10
  wall += 10
  expect(clock()).toBe(10)
})

test('a wall clock that is set back a day does not move the clock back', () => {
  const clock = newClock()
  wall -= DAY
  steady += 5
  expect(clock()).toBe(5)
  wall += 5
  steady += 5
  expect(clock()).toBe(10)
})

test('a sleep in which the monotonic clock stops passes by the wall clock', () => {
  const clock = newClock()
  wall += DAY
  expect(clock()).toBe(DAY)
  expect(clock()).toBe(DAY)
})

test('a wall clock that a test moves alone moves the clock', () => {
  const clock = newClock()
  wall += 300
  expect(clock()).toBe(300)
})
