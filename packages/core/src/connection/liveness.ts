import type { PingOutcome } from '../lifecycle/heartbeat.js'
import type { Transport } from './transport.js'

/** Time limits of one connection, in milliseconds; `Infinity` for none. The limit for pongs belongs to the heartbeat. */
export interface LivenessLimits {
  readonly idleTimeout: number
  readonly writeTimeout: number
}

/** The counts of a socket that show whether bytes flow. */
type SocketCounts = Pick<Transport, 'bytesRead' | 'bytesSent' | 'writableLength'>

/** The activity of one connection: when bytes arrived, how long a ping takes, whether its socket accepts bytes. */
export class Liveness {
  /** When the last frame of the client was handled, in ms of the heartbeat's clock: a whole number, which V8 stores without an object. */
  #receivedAt: number
  #messageAt: number
  /** When the ping that waits for a pong was sent; 0 if none does. */
  #pingedAt = 0
  #bytesAtPing = 0
  #backlogAtPing: number | undefined
  #latency: number | undefined
  #paused = false
  #sent: number | undefined
  #stalledAt = 0

  constructor(now: number) {
    this.#receivedAt = this.#messageAt = Math.floor(now)
  }

  /** Milliseconds between the last ping and its pong; `undefined` before the first. */
  get latency(): number | undefined {
    return this.#latency
  }

  /** Whether a ping waits for its pong. */
  get awaitsPong(): boolean {
    return this.#pingedAt !== 0
  }

  /** Whether this side does not read. As long as it does not, the silence of the client proves nothing. */
  get paused(): boolean {
    return this.#paused
  }

  /** A message has arrived. */
  messageReceived(now: number): void {
    this.#receivedAt = this.#messageAt = Math.floor(now)
  }

  /**
   * A pong has arrived.
   * @param ours whether it has no payload, like the pings of the heartbeat; those of the app carry a number
   * @returns whether it answers the pending ping of the heartbeat
   */
  ponged(now: number, ours: boolean): boolean {
    this.#receivedAt = Math.floor(now)
    if (!ours || this.#pingedAt === 0) return false
    this.#latency = now - this.#pingedAt
    this.#pingedAt = 0
    return true
  }

  /** The socket is not read from now on. */
  pause(): void {
    this.#paused = true
  }

  /** The socket is read again. During the pause no bytes of the client could arrive. */
  resume(now: number): void {
    this.#paused = false
    this.#receivedAt = Math.floor(now)
  }

  /** Whether no message has arrived for `idleTimeout`. */
  isIdle(now: number, { idleTimeout }: LivenessLimits): boolean {
    if (this.#paused) this.#messageAt = Math.floor(now)
    return now - this.#messageAt >= idleTimeout
  }

  /** Whether bytes wait in the socket and the kernel has taken none of them for `writeTimeout`. */
  isWriteStalled(now: number, { writeTimeout }: LivenessLimits, socket: SocketCounts): boolean {
    const sent = backlogOf(socket)
    if (sent === undefined || sent !== this.#sent) {
      this.#sent = sent
      this.#stalledAt = Math.floor(now)
    }
    return now - this.#stalledAt >= writeTimeout
  }

  /** Whether nothing has arrived for `silence` milliseconds and no ping is pending. */
  isSilent(now: number, silence: number): boolean {
    // The time is in the future if bytes arrived after a stall that the clock had not subtracted yet.
    if (this.#receivedAt > now) this.#receivedAt = Math.floor(now)
    return this.#pingedAt === 0 && now - this.#receivedAt >= silence
  }

  /** A ping is sent. */
  pinged(now: number, socket: SocketCounts): void {
    this.#pingedAt = now
    this.#bytesAtPing = socket.bytesRead
    this.#backlogAtPing = backlogOf(socket)
  }

  /** The time for the pong to the ping of `pingedAt` is over. */
  pongDue(pingedAt: number, socket: SocketCounts): PingOutcome {
    // That ping was answered. Another one may be pending by now.
    if (this.#pingedAt !== pingedAt) return 'answered'
    this.#pingedAt = 0
    if (this.#receivedAt > pingedAt) return 'answered'
    // A ping waits behind everything that was sent before it. A client that is still reading that is alive.
    const reads = this.#backlogAtPing !== undefined && backlogOf(socket) !== this.#backlogAtPing
    // Bytes of an unfinished message prove that the client is alive, but not when it sent them.
    return reads || this.#paused || socket.bytesRead !== this.#bytesAtPing ? 'unclear' : 'lost'
  }
}

/** A number that changes when the kernel takes some of the bytes that wait in the socket; `undefined` if none wait. */
function backlogOf(socket: SocketCounts): number | undefined {
  // Reading `bytesSent` visits every chunk that waits in the socket. Nearly always there is none.
  return socket.writableLength > 0 ? socket.bytesSent : undefined
}
