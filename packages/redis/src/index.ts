import type { Broker } from '@wshub/core'
import { RedisBroker } from './broker.js'
import { type RedisBrokerOptions, type RedisSource, resolveRedisOptions, driverFor } from './options.js'

export type { RedisBrokerOptions, RedisSource } from './options.js'

/**
 * A broker over Redis 6.2 or newer (or Valkey), for `new Hub({ broker })` or `new Hubs({ broker })`: broadcasts reach the
 * members on every server, presence lists users of all servers, and rooms keep their history in Redis.
 * @param source `{ url }`, or `{ client }` of `redis` or `ioredis`: the broker connects itself with its settings
 * @throws TypeError that names the option and its value
 */
export function redisBroker(source: RedisSource, options: RedisBrokerOptions = {}): Broker {
  const settings = resolveRedisOptions(options)
  return new RedisBroker(driverFor(source, settings), settings)
}
