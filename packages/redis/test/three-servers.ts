import { type Broker, Router } from '@wshub/core'
import { HubServer } from '../../core/test/hub-server.js'
import { knownServers } from '../../core/test/other-servers.js'
import type { RedisServer } from '../../../test/support/redis.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker, type RedisBrokerOptions } from '../src/index.js'

type Three<One> = readonly [One, One, One]

/** Three hubs over a Redis, each of which lists the others. */
export async function cluster3(
  server: RedisServer,
  options: RedisBrokerOptions = {},
): Promise<{ readonly hubServers: Three<HubServer>; readonly brokers: Three<Broker> }> {
  const made = (): Broker => redisBroker({ url: server.url }, options)
  const brokers: Three<Broker> = [made(), made(), made()]
  const hubServers = brokers.map(
    (broker) => new HubServer({ router: new Router(), broker }),
  ) as unknown as Three<HubServer>
  // A server is listed once it has entered itself in the roster, a moment after its broker has connected.
  await until(async () => (await Promise.all(hubServers.map(knownServers))).every((known) => known === 3), 20_000)
  return { hubServers, brokers }
}
