import {
  quitQuietly,
  groupChannels,
  MAX_CHANNELS_PER_COMMAND,
  type RedisReply,
  type ConnectionRole,
  type RedisDriver,
  type DriverEvents,
} from './driver.js'
import { copyIoRedis, type IoRedis, databaseOptionsOf, ioRedisTargetOf } from './ioredis-client.js'
import { livenessTimeouts } from './link-timeouts.js'

interface BatchedCommand {
  readonly args: readonly (string | Buffer)[]
  readonly resolve: (reply: RedisReply) => void
  readonly reject: (error: unknown) => void
}

/** A driver for ioredis. */
export class IoRedisDriver implements RedisDriver {
  readonly cluster: boolean
  readonly target: string
  readonly keyPrefix: string
  readonly database: number
  readonly #timeout: number
  readonly #commands: IoRedis
  readonly #subscriber: IoRedis
  #events: DriverEvents | undefined
  #turn: BatchedCommand[] = []
  #pings: NodeJS.Timeout | undefined
  // The channels to subscribe to after every loss, and whether each is sharded.
  readonly #channels = new Map<string, boolean>()

  /** @param timeout of the options, ms */
  constructor(client: IoRedis, timeout: number) {
    this.#timeout = timeout
    this.cluster = client.isCluster === true
    this.target = ioRedisTargetOf(client)
    this.keyPrefix = (databaseOptionsOf(client).keyPrefix ?? '').toString()
    this.database = this.cluster ? 0 : Number(databaseOptionsOf(client).db ?? 0)
    this.#commands = copyIoRedis(client, timeout)
    this.#subscriber = copyIoRedis(client, timeout)
  }

  open(events: DriverEvents): void {
    this.#events = events
    const deliver = (channel: Buffer, message: Buffer): void => this.#events?.message(channel.toString(), message)
    this.#subscriber.on('messageBuffer', deliver)
    this.#subscriber.on('smessageBuffer', deliver)
    this.#start('commands', this.#commands)
    this.#start('subscriber', this.#subscriber)
    // The library sends no pings, and a link that only listens would not detect a silent server.
    this.#pings = setInterval(() => this.#ping(), livenessTimeouts(this.#timeout).pingInterval).unref()
  }

  call(_: string, args: readonly (string | Buffer)[]): Promise<RedisReply> {
    // A pipeline can't span the nodes of a cluster.
    if (this.cluster) return this.#commands.callBuffer(String(args[0]), ...args.slice(1)) as Promise<RedisReply>
    return new Promise((resolve, reject) => {
      if (this.#turn.push({ args, resolve, reject }) === 1) setImmediate(() => void this.#flush())
    })
  }

  async everywhere(args: readonly string[]): Promise<void> {
    const nodes = this.#commands.nodes?.('master') ?? [this.#commands]
    await Promise.all(nodes.map(async (node) => node.callBuffer(String(args[0]), ...args.slice(1))))
  }

  async subscribe(channels: readonly string[], sharded: boolean): Promise<void> {
    for (const channel of channels) this.#channels.set(channel, sharded)
    const way = sharded ? 'ssubscribe' : 'subscribe'
    await Promise.all(groupChannels(channels, this.cluster && sharded).map((group) => this.#subscriber[way](...group)))
  }

  async unsubscribe(channels: readonly string[], sharded: boolean): Promise<void> {
    for (const channel of channels) this.#channels.delete(channel)
    const way = sharded ? 'sunsubscribe' : 'unsubscribe'
    await Promise.all(groupChannels(channels, this.cluster && sharded).map((group) => this.#subscriber[way](...group)))
  }

  async settled(): Promise<void> {
    await this.#subscriber.ping()
  }

  async close(): Promise<void> {
    this.#events = undefined
    clearInterval(this.#pings)
    await this.#flush()
    await Promise.all([endIoRedis(this.#commands), endIoRedis(this.#subscriber)])
  }

  /** Pings both links. Without an answer, the socket timeout ends the link. */
  #ping(): void {
    for (const client of [this.#commands, this.#subscriber]) {
      if (client.status === 'ready') void client.ping().catch(() => {})
    }
  }

  /** Sends the commands of a turn in one write. The library would write each command separately. */
  async #flush(): Promise<void> {
    const turn = this.#turn
    this.#turn = []
    if (turn.length === 0) return
    try {
      const pipeline = this.#commands.pipeline()
      for (const { args } of turn) pipeline.callBuffer(String(args[0]), ...args.slice(1))
      const replies = await pipeline.exec()
      for (const [at, { resolve, reject }] of turn.entries()) {
        const [error, reply] = replies?.[at] ?? [new Error('There was no reply.'), null]
        if (error) reject(error)
        else resolve(reply as RedisReply)
      }
    } catch (error) {
      for (const { reject } of turn) reject(error)
    }
  }

  /** Prepares a new link before its first use. */
  async #prepare(role: ConnectionRole, client: IoRedis): Promise<void> {
    try {
      await warm(client)
      if (role === 'subscriber' && !this.cluster) await this.#resubscribe()
      this.#events?.up(role)
    } catch (error) {
      this.#events?.down(role, error)
      // A link that was lost meanwhile reconnects by itself. After an error reply it must be reconnected here.
      if (client.status === 'ready') client.disconnect(true)
    }
  }

  async #resubscribe(): Promise<void> {
    for (const sharded of [true, false]) {
      const channels = [...this.#channels].filter(([, way]) => way === sharded).map(([channel]) => channel)
      for (let at = 0; at < channels.length; at += MAX_CHANNELS_PER_COMMAND) {
        await this.subscribe(channels.slice(at, at + MAX_CHANNELS_PER_COMMAND), sharded)
      }
    }
  }

  #start(role: ConnectionRole, client: IoRedis): void {
    let error: unknown
    client.on('error', (reason: unknown) => {
      error = reason
      // On a connected link, the `close` event reports the loss.
      if (client.status !== 'ready') this.#events?.down(role, reason)
    })
    client.on('close', () => this.#events?.down(role, error ?? new Error('The connection was closed.')))
    client.on('ready', () => {
      error = undefined
      void this.#prepare(role, client)
    })
    // The client retries by itself, and its events report the errors.
    client.connect().catch(() => {})
  }
}

/**
 * Connects the nodes of a cluster with a first command each. Without it, commands that are sent while a node connects
 * go to another node first and arrive out of order. Never rejects.
 */
async function warm(client: IoRedis): Promise<void> {
  await Promise.allSettled((client.nodes?.('master') ?? []).map(async (node) => node.ping()))
}

async function endIoRedis(client: IoRedis): Promise<void> {
  if (client.status === 'ready') await quitQuietly(client.quit())
  client.disconnect()
}
