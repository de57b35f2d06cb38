import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { createClient as createClient5 } from 'redis-client5'
import type { RedisSource } from '../src/index.js'

/** A client library, and how to pass one of its clients to `redisBroker()`. */
export type Library = readonly [name: string, source: (url: string) => RedisSource]

const REDIS_6: Library = ['redis 6', (url) => ({ client: createClient({ url }) })]
const REDIS_5: Library = ['redis 5', (url) => ({ client: createClient5({ url }) })]
export const IOREDIS_6: Library = ['ioredis 6', (url) => ({ client: new Redis(url, { lazyConnect: true }) })]
const IOREDIS_5: Library = ['ioredis 5', (url) => ({ client: new Redis5(url, { lazyConnect: true }) })]

/** The newest version of each library. */
export const LIBRARIES: readonly Library[] = [REDIS_6, IOREDIS_6]

/** Every version that is supported. */
export const ALL_LIBRARIES: readonly Library[] = [REDIS_6, REDIS_5, IOREDIS_6, IOREDIS_5]
