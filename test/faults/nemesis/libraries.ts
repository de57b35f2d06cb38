import { createClient, createCluster, createSentinel } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import {
  createClient as createClient5,
  createCluster as createCluster5,
  createSentinel as createSentinel5,
} from 'redis-client5'
import type { RedisSource } from '@wshub/redis'
import { scale } from '../../support/scale.js'

/** How a broker reaches Redis through one client library. */
export interface Library {
  readonly name: string
  single(port: number): RedisSource
  sentinel(port: number): RedisSource
  cluster(ports: readonly number[]): RedisSource
}

const HOST = '127.0.0.1'

interface NodeRedisModule {
  createClient(options: { url: string }): object
  createCluster(options: { rootNodes: { url: string }[] }): object
  createSentinel(options: { name: string; sentinelRootNodes: { host: string; port: number }[] }): object
}

interface IoRedisModule {
  readonly Redis: {
    new (port: number, host: string, options: { lazyConnect: boolean }): object
    new (options: { name: string; sentinels: { host: string; port: number }[]; lazyConnect: boolean }): object
  }
  readonly Cluster: new (nodes: { host: string; port: number }[], options: { lazyConnect: boolean }) => object
}

function nodeRedis(name: string, module: NodeRedisModule): Library {
  return {
    name,
    single: (port) => ({ client: module.createClient({ url: `redis://${HOST}:${port}` }) }),
    sentinel: (port) => ({
      client: module.createSentinel({ name: 'main', sentinelRootNodes: [{ host: HOST, port }] }),
    }),
    cluster: (ports) => ({
      client: module.createCluster({ rootNodes: ports.map((port) => ({ url: `redis://${HOST}:${port}` })) }),
    }),
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

const REDIS_6 = nodeRedis('redis 6', { createClient, createCluster, createSentinel })
const REDIS_5 = nodeRedis('redis 5', {
  createClient: createClient5,
  createCluster: createCluster5,
  createSentinel: createSentinel5,
})
const IOREDIS_6 = ioRedis('ioredis 6', { Redis, Cluster })
const IOREDIS_5 = ioRedis('ioredis 5', { Redis: Redis5, Cluster: Cluster5 })

/** The library of Redis, in its current major version and, in `npm run test:faults`, also in the previous one. */
export const NODE_REDIS: readonly Library[] = scale([REDIS_6, REDIS_5], [REDIS_6])

/** The library ioredis, in its current major version and, in `npm run test:faults`, also in the previous one. */
export const IOREDIS: readonly Library[] = scale([IOREDIS_6, IOREDIS_5], [IOREDIS_6])
