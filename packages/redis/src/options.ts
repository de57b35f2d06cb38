import { createClient } from '@redis/client'
import { rule } from '@wshub/core/internal'
import { IoRedisDriver } from './ioredis-driver.js'
import { isIoRedis } from './ioredis-client.js'
import { isNodeRedis, NodeRedisDriver, withoutSecret } from './node-redis-driver.js'
import type { RedisDriver } from './driver.js'

/** The source of connections: a URL, or a client of the app. */
export type RedisSource =
  | {
      /** `redis://[[user]:password@]host[:port][/database]`, or `rediss://…` for TLS. */
      readonly url: string
    }
  | {
      /**
       * A client of `redis` 4 or newer or of `ioredis` 5 or newer: a single server, a cluster or behind sentinels. The
       * broker makes two connections of its own with the same settings; the client itself is left alone, connected or not.
       */
      readonly client: object
    }

/** Options of `redisBroker`. */
export interface RedisBrokerOptions {
  /** Begins the name of every channel and key, and isolates apps on one Redis. @default 'wshub' */
  readonly prefix?: string | undefined
  /**
   * The behaviour if Redis can't be reached at the start. `retry` reports to `onError` and keeps trying, and hubs work
   * within each server; `required` makes `hub.ready` reject. @default 'retry'
   */
  readonly connect?: 'retry' | 'required' | undefined
  /** Sharded pub/sub (Redis 7): `auto` asks the server. All servers of an app have to agree. @default 'auto' */
  readonly sharded?: boolean | 'auto' | undefined
  /**
   * Milliseconds that Redis may take to answer. If it takes longer, it counts as down until it answers. This detects a connection
   * that hangs; a lost one is detected at once. After three times this time without a byte, the broker reconnects.
   * @default 5,000
   */
  readonly timeout?: number | undefined
  /** Milliseconds after which the users of a server that hangs or crashed are removed. @default 6,000 */
  readonly lease?: number | undefined
  /** Commands that may wait for an answer. If there are more, messages count as not sent. @default 10,000 */
  readonly maxPending?: number | undefined
  /** Bytes that may wait for an answer. @default 16,777,216 */
  readonly maxPendingBytes?: number | undefined
  /** Bytes of the largest message between servers; larger ones are neither sent nor accepted. @default 8,388,608 */
  readonly maxMessageSize?: number | undefined
}

/** The options with every default filled in. */
export type RedisSettings = {
  readonly [Key in keyof RedisBrokerOptions]-?: Exclude<RedisBrokerOptions[Key], undefined>
}

const DEFAULTS: RedisSettings = {
  prefix: 'wshub',
  connect: 'retry',
  sharded: 'auto',
  timeout: 5000,
  lease: 6000,
  maxPending: 10_000,
  maxPendingBytes: 16 * 1024 * 1024,
  maxMessageSize: 8 * 1024 * 1024,
}

const BROKER_RULES: rule.Rules<RedisBrokerOptions> = {
  prefix: rule.expect(
    'a string of 1 to 100 printable ASCII characters without spaces and braces',
    (value) => typeof value === 'string' && /^[!-z|~]{1,100}$/.test(value),
  ),
  connect: rule.oneOf('retry', 'required'),
  sharded: rule.either(rule.aBoolean, rule.oneOf('auto')),
  timeout: rule.whole(1, 'ms'),
  lease: rule.whole(300, 'ms'),
  maxPending: rule.whole(1, 'commands'),
  maxPendingBytes: rule.whole(1, 'bytes'),
  maxMessageSize: rule.whole(1, 'bytes'),
}

/** Fills in the defaults. @throws TypeError that names the option and its value */
export function resolveRedisOptions(options: RedisBrokerOptions): RedisSettings {
  rule.check('', options, BROKER_RULES)
  return { ...DEFAULTS, ...rule.defined(options) }
}

/** The driver for a source. @throws TypeError if it is not a source; the message holds no password */
export function driverFor(source: RedisSource, { timeout }: RedisSettings): RedisDriver {
  const { url, client } = (source ?? {}) as { readonly url?: unknown; readonly client?: unknown }
  if (typeof url === 'string') return driverForUrl(url, timeout)
  if (typeof client === 'object' && client !== null) {
    if (isIoRedis(client)) return new IoRedisDriver(client, timeout)
    if (isNodeRedis(client)) return new NodeRedisDriver(client, timeout)
    if ('acquire' in client) {
      throw new TypeError('A sentinel client of redis 5 can not be duplicated. Use redis 6 or newer, or ioredis.')
    }
    throw new TypeError('The option client must be a client of redis 4 or newer, or of ioredis 5 or newer.')
  }
  throw new TypeError("redisBroker() needs { url: 'redis://…' } or { client }.")
}

function driverForUrl(url: string, timeout: number): RedisDriver {
  if (!URL.canParse(url) || !/^rediss?:\/\//.test(url)) {
    throw new TypeError('The option url must be of the form redis://host:port or rediss://host:port.')
  }
  return new NodeRedisDriver(createClient({ url }) as never, timeout, withoutSecret(url))
}
