import type { RedisServer } from './redis.js'
import { until } from './wait.js'

const LEASES_KEY = 'wshub:{servers}:leases'

/** Renewals of a lease within its duration. */
export const RENEWALS_PER_LEASE = 3

/**
 * Resolves once each server with a presence lease has renewed it `times` times. With each renewal a server compares its
 * members with the store and removes those of dead servers, so all periodic work of the servers has happened.
 */
export async function leasesRenewed(redis: RedisServer, times: number): Promise<void> {
  const renewals = new Map<string, number>()
  let last = await leaseEnds(redis)
  await until(async () => {
    const now = await leaseEnds(redis)
    for (const [lease, end] of now) {
      const renewed = last.has(lease) && last.get(lease) !== end
      renewals.set(lease, (renewals.get(lease) ?? 0) + (renewed ? 1 : 0))
    }
    last = now
    return now.size > 0 && [...now.keys()].every((lease) => (renewals.get(lease) ?? 0) >= times)
  }, 60_000)
}

/** The leases in the store, each with its end. */
async function leaseEnds(redis: RedisServer): Promise<Map<string, string>> {
  const answer = await redis.command('ZRANGE', LEASES_KEY, '0', '-1', 'WITHSCORES')
  // The first line has the number of elements; then lengths and values alternate.
  const words = answer.split('\r\n').filter((_, line) => line > 0 && line % 2 === 0)
  return new Map(words.flatMap((word, n) => (n % 2 === 0 ? [[word, words[n + 1] ?? ''] as const] : [])))
}
