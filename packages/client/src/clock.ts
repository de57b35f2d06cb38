/**
 * Milliseconds that never go back. They count what either clock of the runtime counts: the monotonic one stands still while
 * some machines sleep, and the other one is set back at times.
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
