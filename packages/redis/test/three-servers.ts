import { type Broker, Router } from '@wshub/core'
import { House } from '../../core/test/house.js'
import { knownServers } from '../../core/test/other-servers.js'
import type { RedisServer } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker, type RedisBrokerOptions } from '../src/index.js'

type Three<One> = readonly [One, One, One]

/** Three hubs over a Redis, each of which lists the others. */
export async function cluster3(
  server: RedisServer,
  options: RedisBrokerOptions = {},
): Promise<{ readonly houses: Three<House>; readonly brokers: Three<Broker> }> {
  const made = (): Broker => redisBroker({ url: server.url }, options)
  const brokers: Three<Broker> = [made(), made(), made()]
  const houses = brokers.map((broker) => new House({ router: new Router(), broker })) as unknown as Three<House>
  // A server is known once it has written itself down, a moment after its broker has connected.
  await until(async () => (await Promise.all(houses.map(knownServers))).every((known) => known === 3), 20_000)
  return { houses, brokers }
}
