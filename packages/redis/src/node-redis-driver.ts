import {
  quitQuietly,
  groupChannels,
  type RedisReply,
  retryDelay,
  type ConnectionRole,
  type RedisDriver,
  type DriverEvents,
} from './driver.js'
import { CONNECT_TIMEOUT_MS, livenessTimeouts } from './link-timeouts.js'

type MessageListener = (message: Buffer, channel: Buffer) => void

/** The used part of a client of `redis` (node-redis 4 and newer): a single server, a cluster or a sentinel. */
export interface NodeRedis {
  readonly options?: object
  readonly isReady?: boolean
  /** Only a cluster has it. */
  readonly masters?: readonly object[]
  nodeClient?(node: object): Promise<NodeRedis> | NodeRedis
  duplicate(overrides?: object): unknown
  connect(): Promise<unknown>
  on(event: string, listener: (...args: never[]) => void): unknown
  // Three signatures for the three kinds.
  sendCommand(...args: unknown[]): Promise<unknown>
  subscribe(channels: string | string[], listener: MessageListener, buffers: true): Promise<unknown>
  unsubscribe(channels: string | string[], listener: MessageListener, buffers: true): Promise<unknown>
  sSubscribe(channels: string | string[], listener: MessageListener, buffers: true): Promise<unknown>
  sUnsubscribe(channels: string | string[], listener: MessageListener, buffers: true): Promise<unknown>
  ping?(): Promise<unknown>
  close?(): Promise<unknown> | void
  destroy?(): unknown
}

/** Whether this is a client of node-redis. */
export function isNodeRedis(client: object): client is NodeRedis {
  const { duplicate, sendCommand, sSubscribe } = client as Partial<NodeRedis>
  return [duplicate, sendCommand, sSubscribe].every((method) => typeof method === 'function')
}

/**
 * Makes the library return bulk strings, which have the code 36 in RESP, as bytes; version 4 needs `returnBuffers` instead. The
 * broker itself rejects overdue commands, so the library needs no timer for each command.
 */
const BYTES = { typeMapping: { 36: Buffer }, returnBuffers: true, timeout: 0 }

/** Commands that may wait for an answer in the library. The broker limits its own, by default to a tenth of this. */
const MAX_QUEUE_LENGTH = 100_000

/**
 * Bytes that a link may write before it waits. The library resubscribes to every sharded channel by itself. If it must
 * wait meanwhile, it never continues (6.3): a link with more than about 300 channels would not recover.
 */
const highWaterMark = 64 * 1024 * 1024

type NodeRedisKind = 'client' | 'cluster' | 'sentinel'

/** A driver for node-redis. */
export class NodeRedisDriver implements RedisDriver {
  readonly cluster: boolean
  readonly target: string
  readonly keyPrefix: string
  readonly database: number
  readonly #kind: NodeRedisKind
  readonly #commands: NodeRedis
  readonly #subscriber: NodeRedis
  #events: DriverEvents | undefined
  readonly #emit: MessageListener = (message, channel) => this.#events?.message(channel.toString(), message)

  /** @param timeout of the options, ms */
  constructor(client: NodeRedis, timeout: number, target?: string) {
    this.#kind = nodeRedisKindOf(client)
    this.cluster = this.#kind === 'cluster'
    this.target = target ?? nodeRedisTargetOf(this.#kind, client.options)
    const options = nodeRedisOptionsOf(client)
    this.keyPrefix = (options?.keyPrefix ?? '').toString()
    this.database = Number((this.#kind === 'sentinel' ? options?.nodeClientOptions : options)?.database ?? 0)
    this.#commands = copyNodeRedis(client, this.#kind, timeout)
    this.#subscriber = copyNodeRedis(client, this.#kind, timeout)
  }

  open(events: DriverEvents): void {
    this.#events = events
    this.#start('commands', this.#commands)
    this.#start('subscriber', this.#subscriber)
  }

  async call(key: string, args: readonly (string | Buffer)[]): Promise<RedisReply> {
    const list = [...args]
    if (this.#kind === 'cluster') return (await this.#commands.sendCommand(key, false, list, BYTES)) as RedisReply
    if (this.#kind === 'sentinel') return (await this.#commands.sendCommand(false, list, BYTES)) as RedisReply
    return (await this.#commands.sendCommand(list, BYTES)) as RedisReply
  }

  async everywhere(args: readonly string[]): Promise<void> {
    const { masters } = this.#commands
    if (this.#kind !== 'cluster' || !masters) return void (await this.call('', args))
    await Promise.all(
      masters.map(async (master) => (await this.#commands.nodeClient?.(master))?.sendCommand([...args])),
    )
  }

  async subscribe(channels: readonly string[], sharded: boolean): Promise<void> {
    const way = sharded ? 'sSubscribe' : 'subscribe'
    await Promise.all(
      groupChannels(channels, this.cluster && sharded).map((group) => this.#subscriber[way](group, this.#emit, true)),
    )
  }

  async unsubscribe(channels: readonly string[], sharded: boolean): Promise<void> {
    const way = sharded ? 'sUnsubscribe' : 'unsubscribe'
    await Promise.all(
      groupChannels(channels, this.cluster && sharded).map((group) => this.#subscriber[way](group, this.#emit, true)),
    )
  }

  async settled(): Promise<void> {
    await this.#subscriber.ping?.()
  }

  async close(): Promise<void> {
    this.#events = undefined
    await Promise.all([endNodeRedis(this.#commands), endNodeRedis(this.#subscriber)])
  }

  #start(role: ConnectionRole, client: NodeRedis): void {
    // A cluster accepts no commands before it knows all of its nodes, even if some are ready.
    const up = (): void => {
      if (client.isReady !== false) this.#events?.up(role)
    }
    const down = (error: unknown): void => {
      // A ping timeout is also an `error` event, but the link is not lost, and no new link would follow.
      if (client.isReady !== true) this.#events?.down(role, error)
    }
    client.on('error', down)
    client.on('node-error', down)
    if (this.#kind === 'client') client.on('ready', up)
    else for (const event of ['node-ready', 'topology-change']) client.on(event, up)
    void this.#connect(client, this.#kind === 'client' ? undefined : up, down)
  }

  async #connect(client: NodeRedis, up: (() => void) | undefined, down: (error: unknown) => void): Promise<void> {
    for (let tries = 0; this.#events; tries += 1) {
      try {
        await client.connect()
        return up?.()
      } catch (error) {
        down(error)
        await new Promise((resolve) => setTimeout(resolve, retryDelay(tries)).unref())
      }
    }
  }
}

function nodeRedisKindOf(client: NodeRedis): NodeRedisKind {
  if ('masters' in client || 'slots' in client) return 'cluster'
  return 'acquire' in client ? 'sentinel' : 'client'
}

interface NodeRedisOptions {
  readonly keyPrefix?: string | Buffer
  readonly database?: unknown
  readonly socket?: object
  /** Of a sentinel: the settings of the clients that it makes. */
  readonly nodeClientOptions?: NodeRedisOptions
  /** Of a cluster: the same. */
  readonly defaults?: NodeRedisOptions
}

/** Neutral values for settings of the app's client that change replies or the target of commands. */
const NEUTRAL_NODE_REDIS_OPTIONS = {
  legacyMode: false,
  keyPrefix: undefined,
  commandOptions: {},
  clientSideCache: undefined,
}

/**
 * The settings of a client. Clusters and sentinels hide theirs, but pass them to the constructor of a duplicate.
 * `undefined` if they can't be determined.
 */
function nodeRedisOptionsOf(client: NodeRedis): NodeRedisOptions | undefined {
  if (client.options) return client.options
  let seen: NodeRedisOptions | undefined
  const type = function (options: NodeRedisOptions): void {
    seen = options
  }
  const probe = Object.create(Object.create(client, { constructor: { value: type } })) as NodeRedis
  try {
    probe.duplicate()
  } catch {
    // Version 4 of the library hides them.
  }
  return seen
}

/** A separate client with the app's settings. It queues no commands while it is offline, and always reconnects. */
function copyNodeRedis(client: NodeRedis, kind: NodeRedisKind, timeout: number): NodeRedis {
  const options = nodeRedisOptionsOf(client)
  if (kind === 'client')
    return client.duplicate({ ...NEUTRAL_NODE_REDIS_OPTIONS, ...ownOptions(options, timeout) }) as NodeRedis
  const nodes = kind === 'cluster' ? 'defaults' : 'nodeClientOptions'
  const socket = { highWaterMark, ...options?.[nodes]?.socket }
  return client.duplicate({
    ...NEUTRAL_NODE_REDIS_OPTIONS,
    ...(options && { [nodes]: { ...options[nodes], ...NEUTRAL_NODE_REDIS_OPTIONS, readonly: false, socket } }),
  }) as NodeRedis
}

function ownOptions(options: NodeRedisOptions | undefined, timeout: number): object {
  const { pingInterval, socketTimeout } = livenessTimeouts(timeout)
  const socket = { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout, highWaterMark, ...options?.socket }
  return {
    readonly: false,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUE_LENGTH,
    pingInterval,
    socket: { ...socket, reconnectStrategy: retryDelay },
  }
}

async function endNodeRedis(client: NodeRedis): Promise<void> {
  // `close()` waits for the answers to pending commands. A link that is not connected has none.
  if (client.isReady !== false && client.close) await quitQuietly(client.close())
  try {
    await client.destroy?.()
  } catch {
    // The client was closed before.
  }
}

function nodeRedisTargetOf(kind: NodeRedisKind, options: object | undefined): string {
  const { url, socket, name } = (options ?? {}) as {
    readonly url?: string
    readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string }
    readonly name?: string
  }
  if (kind === 'cluster') return 'the cluster'
  if (kind === 'sentinel') return `the sentinel's ${name}`
  if (url) return withoutSecret(url)
  return socket?.path ?? `${socket?.host ?? 'localhost'}:${socket?.port ?? 6379}`
}

/** A URL without user and password, for errors. */
export function withoutSecret(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
