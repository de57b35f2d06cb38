import type { PingOutcome } from '../lifecycle/heartbeat.js'
import type { Transport } from './transport.js'

/** Deadlines of one connection beside that of the pong; milliseconds, `Infinity` for never. */
export interface LivenessLimits {
  readonly idleTimeout: number
  readonly writeTimeout: number
}

/** The signs of life of one connection: when it was heard, how long a ping takes, whether its socket still moves. */
export class Liveness {
  readonly #transport: Transport
  readonly #limits: LivenessLimits
  /** When the last frame of the client was handled, on the clock of the heartbeat. Whole numbers need no object of their own. */
  #heardAt: number
  #messageAt: number
  /** When the ping that waits for a pong was sent; 0 if none does. */
  #pingedAt = 0
  #bytesAtPing = 0
  #backlogAtPing: number | undefined
  #latency: number | undefined
  #paused = false
  #sent: number | undefined
  #stalledAt = 0

  constructor(transport: Transport, limits: LivenessLimits, now: number) {
    this.#transport = transport
    this.#limits = limits
    this.#heardAt = this.#messageAt = Math.floor(now)
  }

  /** Milliseconds between the last ping and its pong; `undefined` before the first. */
  get latency(): number | undefined {
    return this.#latency
  }

  /** Whether a ping waits for its pong. */
  get awaitsPong(): boolean {
    return this.#pingedAt !== 0
  }

  /** Whether this side does not read: the silence of the client then proves nothing. */
  get paused(): boolean {
    return this.#paused
  }

  /** A message has come in. */
  heard(now: number): void {
    this.#heardAt = this.#messageAt = Math.floor(now)
  }

  /** A pong has come in. @param ours whether it can belong to a ping of the heartbeat @returns whether it does */
  ponged(now: number, ours: boolean): boolean {
    this.#heardAt = Math.floor(now)
    if (!ours || this.#pingedAt === 0) return false
    this.#latency = now - this.#pingedAt
    this.#pingedAt = 0
    return true
  }

  /** The socket is not read from now on. */
  pause(): void {
    this.#paused = true
  }

  /** The socket is read again. The client could not be heard before. */
  resume(now: number): void {
    this.#paused = false
    this.#heardAt = Math.floor(now)
  }

  /** Whether no message has come in for too long. */
  isIdle(now: number): boolean {
    if (this.#paused) this.#messageAt = Math.floor(now)
    return now - this.#messageAt >= this.#limits.idleTimeout
  }

  /** Whether the socket has not taken a byte of what waits for too long. */
  isWriteStalled(now: number): boolean {
    const sent = this.#backlog
    if (sent === undefined || sent !== this.#sent) {
      this.#sent = sent
      this.#stalledAt = Math.floor(now)
    }
    return now - this.#stalledAt >= this.#limits.writeTimeout
  }

  /** Whether nothing was heard for so many milliseconds and no ping is on its way. */
  isSilent(now: number, silence: number): boolean {
    // Heard after a stall of which the clock did not know yet.
    if (this.#heardAt > now) this.#heardAt = Math.floor(now)
    return this.#pingedAt === 0 && now - this.#heardAt >= silence
  }

  /** A ping is sent. */
  pinged(now: number): void {
    this.#pingedAt = now
    this.#bytesAtPing = this.#transport.bytesRead
    this.#backlogAtPing = this.#backlog
  }

  /** The time for the pong to a ping of that moment is over. */
  pongDue(pingedAt: number): PingOutcome {
    // Answered; there may be another ping by now.
    if (this.#pingedAt !== pingedAt) return 'answered'
    this.#pingedAt = 0
    if (this.#heardAt > pingedAt) return 'answered'
    // A ping waits behind what was sent before it: a client that still reads that is alive.
    const reads = this.#backlogAtPing !== undefined && this.#backlog !== this.#backlogAtPing
    // Bytes of an unfinished message prove life, but not when.
    return reads || this.#paused || this.#transport.bytesRead !== this.#bytesAtPing ? 'unclear' : 'lost'
  }

  /** Changes while a backlog of bytes to the client moves; `undefined` if there is none. */
  get #backlog(): number | undefined {
    // The count walks through all that waits: nearly always nothing does.
    return this.#transport.writableLength > 0 ? this.#transport.bytesSent : undefined
  }
}
