import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Clock ticks per second, of the kernel's interface to programs. */
const TICKS = 100
/** Share of the machine below which it counts as quiet. */
const QUIET = 0.08

/** Seconds that all cores together have been busy, and their number (proc(5)). */
export function machineTime() {
  const lines = readFileSync('/proc/stat', 'latin1').split('\n')
  const [user, nice, system, , , irq, softirq, steal] = lines[0].split(/ +/).slice(1).map(Number)
  const cores = lines.filter((line) => /^cpu\d/.test(line)).length
  return { busy: (user + nice + system + irq + softirq + steal) / TICKS, cores }
}

/** Waits until the machine has nothing else to do, but no longer than this many seconds. */
export async function calm(wait) {
  const until = performance.now() + wait * 1000
  while (performance.now() < until) {
    const { busy, cores } = machineTime()
    await sleep(400)
    if ((machineTime().busy - busy) / cores / 0.4 < QUIET) return
  }
}
