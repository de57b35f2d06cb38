/**
 * The wall clock is ahead of the monotonic clock by more: the monotonic clock has stopped, as on some machines in a sleep, or
 * a test moves the wall clock alone. Less is the resolution of the wall clock.
 */
const STOPPED_MS = 10

/** Milliseconds that never go back, and pass during sleep. The wall clock may be set back. */
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
