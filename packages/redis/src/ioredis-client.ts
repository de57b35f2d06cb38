import { retryDelay } from './driver.js'
import { CONNECT_TIMEOUT_MS, livenessTimeouts } from './link-timeouts.js'

/** The used part of a client of `ioredis` 5 and newer: a single server, a sentinel or a cluster. */
export interface IoRedis {
  readonly status: string
  readonly isCluster?: boolean
  readonly options?: object
  duplicate(...overrides: unknown[]): unknown
  connect(): Promise<unknown>
  on(event: string, listener: (...args: never[]) => void): unknown
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>
  pipeline(): Pipeline
  /** Only a cluster has it. */
  nodes?(role: 'master'): Pick<IoRedis, 'ping' | 'callBuffer'>[]
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  ssubscribe(...channels: string[]): Promise<unknown>
  sunsubscribe(...channels: string[]): Promise<unknown>
  ping(): Promise<unknown>
  quit(): Promise<unknown>
  disconnect(reconnect?: boolean): void
}

interface Pipeline {
  callBuffer(command: string, ...args: (string | Buffer)[]): unknown
  exec(): Promise<[error: Error | null, reply: unknown][] | null>
}

/** Whether this is a client of ioredis. */
export function isIoRedis(client: object): client is IoRedis {
  const { duplicate, callBuffer, ssubscribe } = client as Partial<IoRedis>
  return [duplicate, callBuffer, ssubscribe].every((method) => typeof method === 'function')
}

/** Neutral values for settings of the app's client that change names, replies or the target of commands. */
const NEUTRAL_IOREDIS_OPTIONS = {
  keyPrefix: '',
  stringNumbers: false,
  replyMapping: 'legacy',
  readOnly: false,
  enableAutoPipelining: false,
  enableReadyCheck: true,
  reconnectOnError: null,
  commandTimeout: undefined,
  monitor: false,
  role: 'master',
}

const OWN_OPTIONS = {
  ...NEUTRAL_IOREDIS_OPTIONS,
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // If the link is lost meanwhile, the library's resubscription causes an unhandled rejection and loses the channels.
  autoResubscribe: false,
  retryStrategy: retryDelay,
}

/** A separate client with the app's settings. It queues no commands while it is offline, and always reconnects. */
export function copyIoRedis(client: IoRedis, timeout: number): IoRedis {
  const { socketTimeout } = livenessTimeouts(timeout)
  if (!client.isCluster) return client.duplicate({ ...OWN_OPTIONS, socketTimeout, ...ownTimeout(client) }) as IoRedis
  const { retryStrategy, lazyConnect } = OWN_OPTIONS
  return client.duplicate([], {
    lazyConnect,
    keyPrefix: '',
    scaleReads: 'master',
    enableAutoPipelining: false,
    enableOfflineQueue: false,
    shardedSubscribers: true,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...ioRedisOptionsOf(client).redisOptions, ...NEUTRAL_IOREDIS_OPTIONS },
  }) as IoRedis
}

interface IoRedisOptions {
  readonly keyPrefix?: string | Buffer | undefined
  readonly db?: unknown
  readonly redisOptions?: IoRedisOptions
}

function ioRedisOptionsOf({ options }: IoRedis): IoRedisOptions {
  return options ?? {}
}

/** The settings of a client that affect names. */
export function databaseOptionsOf(client: IoRedis): IoRedisOptions {
  const { redisOptions, ...own } = ioRedisOptionsOf(client)
  return { ...own, keyPrefix: own.keyPrefix || redisOptions?.keyPrefix }
}

/** Keeps the socket timeout of the app's client. */
function ownTimeout({ options }: IoRedis): { readonly socketTimeout?: number } {
  const { socketTimeout } = (options ?? {}) as { readonly socketTimeout?: number }
  return socketTimeout === undefined ? {} : { socketTimeout }
}

/** The address of a client, without secrets. */
export function ioRedisTargetOf({ isCluster, options = {} }: IoRedis): string {
  const { host, port, path, sentinels, name } = options as {
    readonly host?: string
    readonly port?: number
    readonly path?: string
    readonly sentinels?: unknown
    readonly name?: string
  }
  if (isCluster) return 'the cluster'
  if (sentinels) return `the sentinel's ${name}`
  return path ?? `${host ?? 'localhost'}:${port ?? 6379}`
}
