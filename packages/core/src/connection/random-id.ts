import { randomFillSync } from 'node:crypto'

const BYTES = 15
const POOL = Buffer.alloc(BYTES * 256)
let used = POOL.length

/** Whether a text can be a random id. */
export function isConnectionId(text: string): boolean {
  return /^[\w-]{20}$/.test(text)
}

/** 120 random bits in 20 characters that fit anywhere. Drawn in a batch: the system's generator is dear to ask. */
export function randomId(): string {
  if (used === POOL.length) {
    randomFillSync(POOL)
    used = 0
  }
  used += BYTES
  return POOL.toString('base64url', used - BYTES, used)
}
