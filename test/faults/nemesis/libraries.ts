import { createClient, createCluster, createSentinel } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import type { RedisSource } from '@wshub/redis'

/** How a broker reaches Redis through one client library. */
export interface Library {
  readonly name: string
  single(port: number): RedisSource
  sentinel(port: number): RedisSource
  cluster(ports: readonly number[]): RedisSource
}

const HOST = '127.0.0.1'

interface NodeRedisModule {
  readonly createClient: typeof createClient
  readonly createCluster: typeof createCluster
  readonly createSentinel: typeof createSentinel
}

interface IoRedisModule {
  readonly Redis: typeof Redis
  readonly Cluster: typeof Cluster
}

function nodeRedis(
  name: string,
  { createClient: client, createCluster: cluster, createSentinel: sentinel }: NodeRedisModule,
): Library {
  return {
    name,
    single: (port) => ({ client: client({ url: `redis://${HOST}:${port}` }) }),
    sentinel: (port) => ({ client: sentinel({ name: 'main', sentinelRootNodes: [{ host: HOST, port }] }) }),
    cluster: (ports) => ({ client: cluster({ rootNodes: ports.map((port) => ({ url: `redis://${HOST}:${port}` })) }) }),
  }
}

function ioRedis(name: string, { Redis: Client, Cluster: Many }: IoRedisModule): Library {
  return {
    name,
    single: (port) => ({ client: new Client(port, HOST, { lazyConnect: true }) }),
    sentinel: (port) => ({
      client: new Client({ name: 'main', sentinels: [{ host: HOST, port }], lazyConnect: true }),
    }),
    cluster: (ports) => ({
      client: new Many(
        ports.map((port) => ({ host: HOST, port })),
        { lazyConnect: true },
      ),
    }),
  }
}

/** Both libraries in their present version. */
export const LIBRARIES: readonly Library[] = [
  nodeRedis('redis', { createClient, createCluster, createSentinel }),
  ioRedis('ioredis', { Redis, Cluster }),
]
