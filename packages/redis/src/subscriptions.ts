import { HubError } from '@wshub/core'
import { explained } from './error-text.js'
import { MAX_CHANNELS_PER_COMMAND, type RedisDriver } from './driver.js'

/** Milliseconds until a failed subscription is retried. */
const RETRY_MS = 1000

interface SubscriptionWaiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The subscriptions of this server. It records the wanted channels, and sends one command for all changes of a turn. After a loss
 * of the link it sends what changed meanwhile; the driver restores the other subscriptions.
 */
export class Subscriptions {
  readonly #driver: RedisDriver
  readonly #timeout: number
  readonly #wanted = new Set<string>()
  readonly #known = new Set<string>()
  #touched = new Map<string, SubscriptionWaiter[]>()
  #running: Promise<void> | undefined
  #scheduled = false
  #state: 'connecting' | 'up' | 'down' = 'connecting'
  #sharded = false

  /** @param timeout milliseconds that a subscription may take */
  constructor(driver: RedisDriver, timeout: number) {
    this.#driver = driver
    this.#timeout = timeout
  }

  /** Whether messages on a channel arrive. */
  has(channel: string): boolean {
    return this.#state === 'up' && this.#known.has(channel)
  }

  /** Subscribes to a channel. Rejects if there is no link; the subscription follows once there is one. */
  add(channel: string): Promise<void> {
    this.#wanted.add(channel)
    return this.#touch(channel)
  }

  delete(channel: string): Promise<void> {
    this.#wanted.delete(channel)
    return this.#touch(channel)
  }

  /** The link is connected. Resolves once all wanted channels are subscribed. */
  async up(sharded: boolean): Promise<void> {
    if (sharded !== this.#sharded) this.#known.clear()
    this.#sharded = sharded
    this.#state = 'up'
    for (const channel of [...this.#wanted, ...this.#known])
      this.#touched.set(channel, this.#touched.get(channel) ?? [])
    await this.#reconcile()
    await this.#driver.settled()
  }

  /** The link is lost or could not connect. The driver restores existing subscriptions. */
  down(): void {
    this.#state = 'down'
    for (const [channel, waiters] of this.#touched) {
      for (const { reject } of waiters) reject(offline())
      this.#touched.set(channel, [])
    }
  }

  #touch(channel: string): Promise<void> {
    if (this.#state === 'down') return Promise.reject(offline())
    return new Promise((resolve, reject) => {
      this.#touched.set(channel, [...(this.#touched.get(channel) ?? []), { resolve, reject }])
      if (this.#scheduled || this.#state === 'connecting') return
      this.#scheduled = true
      this.#rejectAfterTimeout(this.#touched)
      setImmediate(() => {
        this.#scheduled = false
        this.#reconcile().catch(() => this.#retry())
      })
    })
  }

  /** Rejects callers after the timeout. Their channels stay wanted. */
  #rejectAfterTimeout(touched: ReadonlyMap<string, readonly SubscriptionWaiter[]>): void {
    const late = (): void => {
      for (const { reject } of [...touched.values()].flat()) reject(offline())
    }
    setTimeout(late, this.#timeout).unref()
  }

  /** Retries subscriptions that failed on a connected link. Their callers were rejected before. */
  #retry(): void {
    if (this.#state !== 'up') return
    setTimeout(() => void this.#reconcile().catch(() => this.#retry()), RETRY_MS).unref()
  }

  async #reconcile(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {})
    if (this.#touched.size === 0 || this.#state !== 'up') return
    this.#running = this.#syncAll()
    await this.#running
  }

  async #syncAll(): Promise<void> {
    const touched = [...this.#touched]
    this.#touched = new Map()
    const failures: unknown[] = []
    for (let at = 0; at < touched.length; at += MAX_CHANNELS_PER_COMMAND) {
      await this.#sync(touched.slice(at, at + MAX_CHANNELS_PER_COMMAND)).catch((error: unknown) => failures.push(error))
    }
    this.#running = undefined
    if (failures.length > 0) throw failures[0]
  }

  async #sync(touched: readonly (readonly [string, readonly SubscriptionWaiter[]])[]): Promise<void> {
    const channels = touched.map(([channel]) => channel)
    const more = channels.filter((channel) => this.#wanted.has(channel) && !this.#known.has(channel))
    const fewer = channels.filter((channel) => !this.#wanted.has(channel) && this.#known.has(channel))
    const waiters = touched.flatMap(([, waiting]) => waiting)
    try {
      if (more.length > 0) await this.#driver.subscribe(more, this.#sharded)
      for (const channel of more) this.#known.add(channel)
      if (fewer.length > 0) await this.#driver.unsubscribe(fewer, this.#sharded)
      for (const channel of fewer) this.#known.delete(channel)
      for (const { resolve } of waiters) resolve()
    } catch (reason) {
      const error = explained(reason, this.#driver.target)
      for (const { reject } of waiters) reject(error)
      for (const channel of channels) this.#touched.set(channel, this.#touched.get(channel) ?? [])
      throw error
    }
  }
}

function offline(): HubError {
  return new HubError('broker_down', 'There is no connection to Redis to listen on.')
}
