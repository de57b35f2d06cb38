import type { HeartbeatTarget } from '../lifecycle/heartbeat.js'
import type { Transport } from './transport.js'

/** What a lifeline watches beside the pongs; milliseconds, `Infinity` for never. */
export interface LivenessLimits {
  readonly idleTimeout: number
  readonly writeTimeout: number
}

/** Who is told when life ends, and why. */
export interface LivenessHost {
  /** The socket is dead: nothing more can be said to the peer. */
  died(why: string): void
  /** The peer is there but has said nothing for too long. */
  idled(): void
  /** Its silence may be our own doing: reads on for a sign of life. */
  probe(): void
  /** Counts what it holds. */
  weigh(): void
}

/** The signs of life of one connection: when it was heard, how long a ping takes, whether its socket still moves. */
export class Liveness implements HeartbeatTarget {
  heardAt = 0
  pingedAt = 0
  bytesAtPing = 0
  backlogAtPing: number | undefined
  slice = 0
  paused = false
  /** Milliseconds between the last ping and its pong; `undefined` before the first. */
  latency: number | undefined
  #messageAt = 0
  #sent: number | undefined
  #stuckAt = 0
  readonly #transport: Transport
  readonly #limits: LivenessLimits
  readonly #host: LivenessHost

  constructor(transport: Transport, limits: LivenessLimits, host: LivenessHost) {
    this.#transport = transport
    this.#limits = limits
    this.#host = host
  }

  get bytesRead(): number {
    return this.#transport.bytesRead
  }

  get backlog(): number | undefined {
    return this.#transport.writableLength > 0 ? this.#transport.bytesSent : undefined
  }

  /** A message has come in. */
  heard(now: number): void {
    this.heardAt = now
    this.#messageAt = now
  }

  /** A pong has come in. @param ours whether it looks as if it answers the heartbeat @returns whether it does */
  answered(now: number, ours: boolean): boolean {
    this.heardAt = now
    if (!ours || this.pingedAt === 0) return false
    this.latency = now - this.pingedAt
    this.pingedAt = 0
    return true
  }

  ping(): void {
    this.#transport.ping()
    if (this.paused) this.#host.probe()
  }

  lost(): void {
    this.#host.died('pong timeout')
  }

  visited(now: number): void {
    if (this.paused) this.#messageAt = now
    this.#host.weigh()
    if (now - this.#messageAt >= this.#limits.idleTimeout) this.#host.idled()
    if (this.#stuck(now)) this.#host.died('write timeout')
  }

  #stuck(now: number): boolean {
    // The count walks through all that waits: nearly always nothing does.
    const sent = this.#transport.writableLength === 0 ? undefined : this.#transport.bytesSent
    if (sent === undefined || sent !== this.#sent) {
      this.#sent = sent
      this.#stuckAt = now
    }
    return now - this.#stuckAt >= this.#limits.writeTimeout
  }
}
