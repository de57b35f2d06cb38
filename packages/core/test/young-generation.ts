import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void

/** Collects the young generation of the heap. Whatever an old object refers to survives, even if that object is dead. */
export function collectYoung(): void {
  collect({ type: 'minor' })
}

/** Moves what lives now to the old generation. */
export function makeOld(): void {
  for (let round = 0; round < 4; round += 1) collectYoung()
}
