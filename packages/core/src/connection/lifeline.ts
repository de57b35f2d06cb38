import type { Pulse } from '../hub/heartbeat.js'
import type { Link } from './link.js'

/** What a lifeline watches beside the pongs; milliseconds, `Infinity` for never. */
export interface LifelineLimits {
  readonly idleTimeout: number
  readonly writeTimeout: number
}

/** Who is told when life ends, and why. */
export interface Patient {
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
export class Lifeline implements Pulse {
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
  readonly #link: Link
  readonly #limits: LifelineLimits
  readonly #patient: Patient

  constructor(link: Link, limits: LifelineLimits, patient: Patient) {
    this.#link = link
    this.#limits = limits
    this.#patient = patient
  }

  get bytesRead(): number {
    return this.#link.bytesRead
  }

  get backlog(): number | undefined {
    return this.#link.writableLength > 0 ? this.#link.bytesSent : undefined
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
    this.#link.ping()
    if (this.paused) this.#patient.probe()
  }

  lost(): void {
    this.#patient.died('pong timeout')
  }

  visited(now: number): void {
    if (this.paused) this.#messageAt = now
    this.#patient.weigh()
    if (now - this.#messageAt >= this.#limits.idleTimeout) this.#patient.idled()
    if (this.#stuck(now)) this.#patient.died('write timeout')
  }

  #stuck(now: number): boolean {
    // The count walks through all that waits: nearly always nothing does.
    const sent = this.#link.writableLength === 0 ? undefined : this.#link.bytesSent
    if (sent === undefined || sent !== this.#sent) {
      this.#sent = sent
      this.#stuckAt = now
    }
    return now - this.#stuckAt >= this.#limits.writeTimeout
  }
}
