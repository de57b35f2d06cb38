import { HubError } from '@wshub/core'
import { explained } from './error-text.js'
import type { Script } from './script.js'
import { ScriptRuns } from './script-runs.js'
import { unsent } from './unsent.js'
import type { RedisReply, RedisDriver } from './driver.js'

/** The limits of pending commands. */
export interface CommandLimits {
  /** Milliseconds until a command counts as lost. */
  readonly timeout: number
  readonly maxPending: number
  readonly maxPendingBytes: number
}

/** The number of checks of pending commands within the timeout. */
const TICKS = 8

interface WaitingCommand {
  readonly since: number
  readonly reject: (error: Error) => void
}

/**
 * The pending commands. Their number, size and time are limited. While a command is overdue, new commands fail at once: a Redis
 * that hangs is handled like one that is down.
 */
export class CommandQueue {
  readonly #driver: RedisDriver
  readonly #limits: CommandLimits
  readonly #waiting = new Set<WaitingCommand>()
  readonly #drains: (() => void)[] = []
  readonly #scripts: ScriptRuns
  #pending = 0
  #bytes = 0
  #up = false
  #overdue = 0
  #closed = false
  #overdueSince: number | undefined
  #timer: NodeJS.Timeout | undefined
  // A clock that stops while this process is blocked, because that time is not a delay of Redis.
  #clock = 0
  #tickedAt = 0

  constructor(driver: RedisDriver, limits: CommandLimits) {
    this.#driver = driver
    this.#limits = limits
    this.#scripts = new ScriptRuns((key, args) => this.call(key, args), limits.maxPendingBytes)
  }

  /** Commands that wait for an answer. */
  get pending(): number {
    return this.#pending
  }

  /** When Redis began to be overdue (ms since 1970); `undefined` if it answers in time. */
  get overdueSince(): number | undefined {
    return this.#overdue > 0 ? this.#overdueSince : undefined
  }

  /** The link is connected. */
  up(): void {
    this.#up = true
  }

  /** The link is lost. The library rejects the pending commands. */
  down(): void {
    this.#up = false
    this.#overdue = 0
  }

  /** Runs a script. The first key decides on the node of a cluster. */
  run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<RedisReply> {
    return this.#scripts.run(script, keys, args)
  }

  /**
   * Sends a command and waits for its answer.
   * @throws HubError `closed`, `broker_down`, `broker_overloaded`, `broker_timeout`; the error reply of Redis
   */
  call(key: string, args: readonly (string | Buffer)[]): Promise<RedisReply> {
    const size = args.reduce((sum, arg) => sum + arg.length, 0)
    const refusal = this.#refuse(size)
    if (refusal) return Promise.reject(unsent(refusal))
    return new Promise((resolve, reject) => {
      const waiting: WaitingCommand = { since: this.#clock, reject }
      this.#waiting.add(waiting)
      this.#count(1, size)
      this.#driver
        .call(key, args)
        .then(resolve, (error: unknown) => reject(explained(error, this.#driver.target)))
        .finally(() => this.#done(waiting, size))
    })
  }

  /** Resolves once no command is pending, or every pending command is overdue. */
  drained(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drains.push(resolve))
  }

  /** Stops sending. */
  close(): void {
    this.#closed = true
    this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #remove(waiting: WaitingCommand): boolean {
    const removed = this.#waiting.delete(waiting)
    if (this.#waiting.size === 0) for (const drained of this.#drains.splice(0)) drained()
    return removed
  }

  #refuse(size: number): HubError | undefined {
    const { maxPending, maxPendingBytes, timeout } = this.#limits
    if (this.#closed) return new HubError('closed', 'The broker is closed.')
    if (!this.#up) return new HubError('broker_down', `There is no connection to Redis at ${this.#driver.target}.`)
    if (this.#overdue > 0) return late(this.#driver.target, timeout)
    if (this.#pending < maxPending && this.#bytes + size <= maxPendingBytes) return undefined
    const what = `${this.#pending} commands with ${this.#bytes} bytes wait for Redis at ${this.#driver.target}`
    return new HubError('broker_overloaded', `Too much at once: ${what}.`)
  }

  #count(by: 1 | -1, size: number): void {
    this.#pending += by
    this.#bytes += by * size
    if (this.#pending === 0) this.#stop()
    else if (!this.#timer) this.#start()
  }

  #start(): void {
    const tick = this.#limits.timeout / TICKS
    this.#tickedAt = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      this.#clock += Math.min(now - this.#tickedAt, 1.5 * tick)
      this.#tickedAt = now
      this.#rejectOverdue()
    }, tick).unref()
  }

  /** Rejects commands that are overdue. The server may still run them, but later replies are ignored. */
  #rejectOverdue(): void {
    for (const waiting of this.#waiting) {
      if (this.#clock - waiting.since < this.#limits.timeout) return
      this.#remove(waiting)
      if (this.#overdue === 0) this.#overdueSince = Date.now()
      this.#overdue += 1
      waiting.reject(late(this.#driver.target, this.#limits.timeout))
    }
  }

  #done(waiting: WaitingCommand, size: number): void {
    if (!this.#remove(waiting)) this.#overdue = Math.max(0, this.#overdue - 1)
    this.#count(-1, size)
  }
}

function late(target: string, timeout: number): HubError {
  return new HubError('broker_timeout', `Redis at ${target} has not answered within ${timeout} ms.`)
}
