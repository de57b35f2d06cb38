/**
 * Milliseconds that never go back. They advance with either clock of the runtime: on some machines the monotonic clock
 * stops during sleep, and the wall clock may be set back.
 */
export function newClock(): () => number {
  let now = 0
  let steady = performance.now()
  let wall = Date.now()
  return () => {
    const [nextSteady, nextWall] = [performance.now(), Date.now()]
    now += Math.max(0, nextSteady - steady, nextWall - wall)
    steady = nextSteady
    wall = nextWall
    return now
  }
}
