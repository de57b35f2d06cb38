import { randomBytes } from 'node:crypto'
import { type BrokerStatus, HubError } from '@wshub/core'
import { failureKind, OncePerOutage } from '@wshub/core/internal'
import { CommandQueue } from './command-queue.js'
import type { RedisSettings } from './options.js'
import { PRESENCE_SCRIPTS } from './presence-scripts.js'
import { explained, reasonOf } from './error-text.js'
import { keysRepaired, noMessage, otherVersion } from './foreign-data.js'
import { STREAM_SCRIPTS } from './stream-scripts.js'
import { Subscriptions } from './subscriptions.js'
import { retryDelay, type ConnectionRole, type RedisDriver } from './driver.js'

/** How patiently a link is set up again where that failed, in the steps of the retry delay. */
const RESTORE_TRIES = 4

/** How long after the start the settings of the server are looked at, ms. */
const LOOK_AFTER_MS = 500

/** What a link has to tell. */
export interface RedisConnectionEvents {
  message(channel: string, bytes: Buffer): void
  failed(error: unknown): void
  /** Something is to be known that is no loss of the link. */
  warned(error: unknown): void
  restored(): void
}

/** The connection to Redis as the broker sees it: up or down, with everything that has to be done when it comes back. */
export class RedisConnection {
  readonly commands: CommandQueue
  readonly topics: Subscriptions
  /** Names this server in what it publishes. */
  readonly origin = name()
  readonly #driver: RedisDriver
  readonly #settings: RedisSettings
  readonly #before: string
  readonly #behind: string
  readonly #standing = new Set<ConnectionRole>()
  readonly #outage = new OncePerOutage()
  readonly #warned = new Set<string>()
  #events: RedisConnectionEvents | undefined
  #sharded: boolean
  #first: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined
  #generation = 0
  #look: NodeJS.Timeout | undefined
  #status: BrokerStatus = { state: 'connecting', since: Date.now() }

  constructor(driver: RedisDriver, settings: RedisSettings) {
    this.#driver = driver
    this.#settings = settings
    this.#before = `${driver.keyPrefix}${settings.prefix}:{`
    this.#behind = driver.database === 0 ? '}' : `}@${driver.database}`
    this.#sharded = settings.sharded === true
    this.commands = new CommandQueue(driver, settings)
    this.topics = new Subscriptions(driver, settings.timeout)
  }

  get settings(): RedisSettings {
    return this.#settings
  }

  get cluster(): boolean {
    return this.#driver.cluster
  }

  /** Whether the link stands and Redis answers in time. */
  get status(): BrokerStatus {
    const { overdueSince } = this.commands
    const hangs = overdueSince !== undefined && this.#status.state === 'connected'
    return hangs ? { state: 'down', since: overdueSince } : this.#status
  }

  /** How messages are published: for all nodes of a cluster, or for the one that has the channel. */
  get publish(): 'PUBLISH' | 'SPUBLISH' {
    return this.#sharded ? 'SPUBLISH' : 'PUBLISH'
  }

  /**
   * The channel of a topic; its keys begin with it. The braces keep them on one node of a cluster. Channels are common to
   * all databases of a server, so that they name theirs.
   */
  channel(topic: string): string {
    return `${this.#before}${topic}${this.#behind}`
  }

  /** The topic of a channel. */
  topic(channel: string): string {
    return channel.slice(this.#before.length, -this.#behind.length)
  }

  /** Our keys of a topic held something else than ours. Reported once. */
  tellRepaired(topic: string): void {
    this.#warnOnce(keysRepaired(this.channel(topic)))
  }

  /** Another version of this package sends on our channels. Reported once. */
  tellForeign(topic: string, version: number): void {
    this.#warnOnce(otherVersion(this.channel(topic), version, this.#settings.prefix))
  }

  /** Something came on our channels that is no message of this package, or is too large. Reported once. */
  tellJunk(topic: string, bytes: number): void {
    this.#warnOnce(noMessage(this.channel(topic), bytes, this.#settings.prefix))
  }

  #warnOnce(warning: HubError): void {
    if (this.#warned.has(warning.code)) return
    this.#warned.add(warning.code)
    this.#events?.warned(warning)
  }

  /** Begins to connect. Resolves once the link stands; rejects where that is required and fails. */
  open(events: RedisConnectionEvents): Promise<void> {
    this.#events = events
    const opened = new Promise<void>((resolve, reject) => {
      this.#first = { resolve, reject }
    })
    this.#driver.open({
      message: (channel, bytes) => events.message(channel, bytes),
      up: (role) => this.#up(role),
      down: (role, error) => this.#down(role, error),
    })
    return opened
  }

  async close(): Promise<void> {
    this.#events = undefined
    clearTimeout(this.#look)
    this.#first?.reject(new HubError('closed', 'The broker was closed before it was connected.'))
    await this.commands.drained()
    this.commands.close()
    await this.#driver.close()
  }

  #up(role: ConnectionRole): void {
    this.#standing.add(role)
    if (this.#standing.size < 2) return
    this.#generation += 1
    void this.#restore(this.#generation)
  }

  async #restore(generation: number): Promise<void> {
    try {
      this.commands.up()
      // Before anybody else may send: they find the scripts in place.
      this.#loadScripts()
      const sharded = await this.#isSharded()
      if (generation !== this.#generation) return
      this.#sharded = sharded
      await this.topics.up(sharded)
      if (generation !== this.#generation) return
      this.#stands()
    } catch (error) {
      if (generation === this.#generation) this.#again(generation, error)
    }
  }

  #stands(): void {
    this.#outage.over()
    this.#status = { state: 'connected', since: Date.now() }
    if (this.#first) {
      this.#first.resolve()
      // Not at once: what clients wait for comes first.
      this.#look = setTimeout(() => void this.#lookAtEviction(), LOOK_AFTER_MS).unref()
    } else this.#events?.restored()
    this.#first = undefined
  }

  /** The links stand, but what they were asked was not answered. */
  #again(generation: number, error: unknown): void {
    if (this.#first && this.#settings.connect === 'required') return this.#giveUp(error)
    this.#report(explained(error, this.#driver.target))
    const again = (): void => {
      if (generation === this.#generation && this.#events) void this.#restore(generation)
    }
    setTimeout(again, retryDelay(RESTORE_TRIES)).unref()
  }

  #loadScripts(): void {
    for (const { source } of [...STREAM_SCRIPTS, ...PRESENCE_SCRIPTS])
      void this.#driver.everywhere(['SCRIPT', 'LOAD', source]).catch(() => {})
  }

  /** A Redis that evicts keys loses histories and presence without an error. Who may not ask is not told. */
  async #lookAtEviction(): Promise<void> {
    const info = await this.commands.call('', ['INFO', 'memory']).catch(() => '')
    const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(String(info)) ?? []
    if (policy === 'noeviction') return
    const message = `Redis at ${this.#driver.target} removes keys if its memory is full (maxmemory-policy ${policy}): rooms would lose messages and members. Set maxmemory-policy noeviction.`
    this.#warnOnce(new HubError('broker_evicts', message))
  }

  async #isSharded(): Promise<boolean> {
    const { sharded } = this.#settings
    if (sharded !== 'auto') return sharded
    try {
      const info = String(await this.commands.call('', ['INFO', 'server']))
      return Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? 0) >= 7
    } catch (error) {
      // Who may not ask stays with what every server knows. Who was not answered must not guess: all have to agree.
      const { code, message } = error as Error & { readonly code?: unknown }
      if (code === 'broker_denied' || message.startsWith('ERR unknown command')) return false
      throw error
    }
  }

  #down(role: ConnectionRole, error: unknown): void {
    const stood = this.#standing.delete(role)
    this.#generation += 1
    if (role === 'commands') this.commands.down()
    else this.topics.down()
    if (this.#status.state !== 'down') this.#status = { state: 'down', since: Date.now() }
    const failure = this.#failure(stood, error)
    if (this.#first && this.#settings.connect === 'required') this.#giveUp(failure)
    else this.#report(failure)
  }

  /** Once for each kind of failure in an outage, not for each link and each try. */
  #report(error: Error): void {
    if (this.#outage.isFirst(failureKind(error))) this.#events?.failed(error)
  }

  #giveUp(failure: unknown): void {
    const first = this.#first
    this.#first = undefined
    void this.close()
    first?.reject(failure)
  }

  #failure(stood: boolean, cause: unknown): Error {
    const refusal = explained(cause, this.#driver.target)
    if (!(refusal instanceof HubError) || refusal.code !== 'broker_down') return refusal
    const why = reasonOf(cause)
    const what = stood ? 'The connection to Redis' : 'Redis'
    const how = stood ? 'was lost' : 'can not be reached'
    return new HubError('broker_down', `${what} at ${this.#driver.target} ${how}: ${why}`, { cause })
  }
}

/** 16 random ASCII characters. */
export function name(): string {
  return randomBytes(12).toString('base64url')
}
