import { existsSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const TABLE = '/proc/self/fd'

/** The number of open file descriptors; `undefined` if the system does not show them. */
export function descriptors(): number | undefined {
  return existsSync(TABLE) ? readdirSync(TABLE).length : undefined
}

/** Timers that keep this process alive. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

/** Bytes of the heap in use after garbage collections. */
export async function settledHeap(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  // Objects that one collection frees may release others, which only the next collection finds.
  for (let round = 0; round < 4; round += 1) {
    gc()
    await setImmediate()
  }
  return process.memoryUsage().heapUsed
}
