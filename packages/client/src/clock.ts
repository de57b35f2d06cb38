/**
 * Milliseconds. If the wall clock advances by this much more than the monotonic clock, the monotonic clock has stopped, as it
 * does on some machines during sleep, or a test moves only the wall clock. Smaller differences come from its resolution.
 */
const STOPPED_MS = 10

/** Returns a clock in milliseconds that never goes back, unlike the wall clock, and that includes the time of sleep. */
export function newClock(): () => number {
  let now = 0
  let steady = performance.now()
  let wall = Date.now()
  return () => {
    const passed = performance.now() - steady
    const wallPassed = Date.now() - wall
    steady += passed
    wall += wallPassed
    return (now += wallPassed > passed + STOPPED_MS ? wallPassed : passed)
  }
}
