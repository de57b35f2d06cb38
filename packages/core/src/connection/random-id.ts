import { randomFillSync } from 'node:crypto'

const ID_BYTES = 15
const RANDOM_POOL = Buffer.alloc(ID_BYTES * 256)
let used = RANDOM_POOL.length

/** Whether a text has the form of a random id. */
export function isConnectionId(text: string): boolean {
  return /^[\w-]{20}$/.test(text)
}

/** 120 random bits in 20 characters. Drawn in batches, because each call of the system's generator is expensive. */
export function randomId(): string {
  if (used === RANDOM_POOL.length) {
    randomFillSync(RANDOM_POOL)
    used = 0
  }
  used += ID_BYTES
  return RANDOM_POOL.toString('base64url', used - ID_BYTES, used)
}
