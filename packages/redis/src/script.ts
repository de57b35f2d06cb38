import { createHash } from 'node:crypto'

/** A script, which Redis runs atomically. */
export interface Script {
  readonly source: string
  /** Its name in the server's cache. */
  readonly sha: string
}

/** A script with the name that Redis caches it under. */
export function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** The server's clock in milliseconds: that of the clients may be wrong. */
export const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`
