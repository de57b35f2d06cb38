import { existsSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const TABLE = '/proc/self/fd'

/** File descriptors that this process holds; `undefined` where the system does not show them. */
export function descriptors(): number | undefined {
  return existsSync(TABLE) ? readdirSync(TABLE).length : undefined
}

/** Timers that keep this process alive. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

/** Bytes of the heap that are really in use, once what is over has been collected. */
export async function settledHeap(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  // What a collection sets free may hold more that only the next one finds.
  for (let round = 0; round < 4; round += 1) {
    gc()
    await setImmediate()
  }
  return process.memoryUsage().heapUsed
}
