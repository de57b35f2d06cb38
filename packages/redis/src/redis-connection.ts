import { ChannelNames } from './channel-names.js'
import { randomBytes } from 'node:crypto'
import { type BrokerStatus, HubError } from '@wshub/core'
import { failureKind, OncePerOutage } from '@wshub/core/internal'
import { CommandQueue } from './command-queue.js'
import type { RedisSettings } from './options.js'
import { PRESENCE_SCRIPTS } from './presence-scripts.js'
import { explained, redisReasonOf } from './error-text.js'
import { keysRepaired, noMessage, otherVersion } from './foreign-data-warnings.js'
import { STREAM_SCRIPTS } from './stream-scripts.js'
import { Subscriptions } from './subscriptions.js'
import { retryDelay, type ConnectionRole, type RedisDriver } from './driver.js'

/** The step of the retry delay that applies if preparing a link fails. */
const RESTORE_TRIES = 4

/** The delay between the start and the check of the server's settings, ms. */
const LOOK_AFTER_MS = 500

/** The events of the connection. */
export interface RedisConnectionEvents {
  message(channel: string, bytes: Buffer): void
  failed(error: unknown): void
  /** Reports a problem other than the loss of the link. */
  warned(error: unknown): void
  restored(): void
}

/** The connection to Redis: up or down, with all steps that a restored link needs. */
export class RedisConnection {
  readonly commands: CommandQueue
  readonly topics: Subscriptions
  /** The id of this server in its messages. */
  readonly origin = randomName()
  readonly #driver: RedisDriver
  readonly #settings: RedisSettings
  readonly #names: ChannelNames
  readonly #connectedRoles = new Set<ConnectionRole>()
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
    this.#names = new ChannelNames(driver, settings.prefix)
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

  /** Whether the link is connected and Redis answers in time. */
  get status(): BrokerStatus {
    const { overdueSince } = this.commands
    const hangs = overdueSince !== undefined && this.#status.state === 'connected'
    return hangs ? { state: 'down', since: overdueSince } : this.#status
  }

  /** The command that publishes: to all nodes of a cluster, or to the node of the channel. */
  get publish(): 'PUBLISH' | 'SPUBLISH' {
    return this.#sharded ? 'SPUBLISH' : 'PUBLISH'
  }

  /** The channel of a topic. Its keys begin with it. */
  channel(topic: string): string {
    return this.#names.channel(topic)
  }

  /** The topic of a channel. */
  topic(channel: string): string {
    return this.#names.topic(channel)
  }

  /** The keys of a topic held foreign data. Reported once. */
  tellRepaired(topic: string): void {
    this.#warnOnce(keysRepaired(this.channel(topic)))
  }

  /** Another version of this package sends on the broker's channels. Reported once. */
  tellForeign(topic: string, version: number): void {
    this.#warnOnce(otherVersion(this.channel(topic), version, this.#settings.prefix))
  }

  /** A message on the broker's channels is foreign or too large. Reported once. */
  warnForeignMessage(topic: string, bytes: number): void {
    this.#warnOnce(noMessage(this.channel(topic), bytes, this.#settings.prefix))
  }

  #warnOnce(warning: HubError): void {
    if (this.#warned.has(warning.code)) return
    this.#warned.add(warning.code)
    this.#events?.warned(warning)
  }

  /** Resolves once connected. Rejects if this fails and `connect` is `required`, or if the broker is closed before. */
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
    this.#connectedRoles.add(role)
    if (this.#connectedRoles.size < 2) return
    this.#generation += 1
    void this.#restore(this.#generation)
  }

  async #restore(generation: number): Promise<void> {
    try {
      this.commands.up()
      // Before all other commands, so that they find the scripts loaded.
      this.#loadScripts()
      const sharded = await this.#isSharded()
      if (generation !== this.#generation) return
      this.#sharded = sharded
      await this.topics.up(sharded)
      if (generation !== this.#generation) return
      this.#connected()
    } catch (error) {
      if (generation === this.#generation) this.#again(generation, error)
    }
  }

  #connected(): void {
    this.#outage.over()
    this.#status = { state: 'connected', since: Date.now() }
    if (this.#first) {
      this.#first.resolve()
      // Later, so that it does not delay the first requests of clients.
      this.#look = setTimeout(() => void this.#lookAtEviction(), LOOK_AFTER_MS).unref()
    } else this.#events?.restored()
    this.#first = undefined
  }

  /** The links are connected, but a command of the preparation failed. */
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

  /** Reports a Redis that evicts keys: it loses histories and presence without an error. INFO may be forbidden. */
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
      // All servers must agree. If INFO is forbidden, use what every version has. After other errors, do not guess.
      const { code, message } = error as Error & { readonly code?: unknown }
      if (code === 'broker_denied' || message.startsWith('ERR unknown command')) return false
      throw error
    }
  }

  #down(role: ConnectionRole, error: unknown): void {
    const stood = this.#connectedRoles.delete(role)
    // If a link is closed because Redis hangs, it has been down since Redis began to hang.
    const { state, since } = this.status
    this.#status = { state: 'down', since: state === 'down' ? since : Date.now() }
    this.#generation += 1
    if (role === 'commands') this.commands.down()
    else this.topics.down()
    const failure = this.#failure(stood, error)
    if (this.#first && this.#settings.connect === 'required') this.#giveUp(failure)
    else this.#report(failure)
  }

  /** Reports a failure once for each kind in an outage, not for each link and each try. */
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
    const why = redisReasonOf(cause)
    const what = stood ? 'The connection to Redis' : 'Redis'
    const how = stood ? 'was lost' : 'can not be reached'
    return new HubError('broker_down', `${what} at ${this.#driver.target} ${how}: ${why}`, { cause })
  }
}

/** 16 random ASCII characters. */
export function randomName(): string {
  return randomBytes(12).toString('base64url')
}
