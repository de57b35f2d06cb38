import type { PingOutcome } from '../lifecycle/heartbeat.js'
import type { Transport } from './transport.js'

/** Deadlines of one connection beside that of the pong; milliseconds, `Infinity` for never. */
export interface LivenessLimits {
  readonly idleTimeout: number
  readonly writeTimeout: number
}

/** The counts of a socket that show whether bytes flow. */
type SocketCounts = Pick<Transport, 'bytesRead' | 'bytesSent' | 'writableLength'>

/** The activity of one connection: when bytes arrived, how long a ping takes, whether its socket accepts bytes. */
export class Liveness {
  /** When the last frame of the client was handled, on the clock of the heartbeat. Whole numbers need no object of their own. */
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

  /** Whether this side does not read: the silence of the client then proves nothing. */
  get paused(): boolean {
    return this.#paused
  }

  /** A message has come in. */
  messageReceived(now: number): void {
    this.#receivedAt = this.#messageAt = Math.floor(now)
  }

  /** A pong has come in. @param ours whether it carries nothing, as pings of the heartbeat do, and not a number of the app @returns whether it does */
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

  /** The socket is read again. No bytes of the client could arrive before. */
  resume(now: number): void {
    this.#paused = false
    this.#receivedAt = Math.floor(now)
  }

  /** Whether no message has come in for too long. */
  isIdle(now: number, { idleTimeout }: LivenessLimits): boolean {
    if (this.#paused) this.#messageAt = Math.floor(now)
    return now - this.#messageAt >= idleTimeout
  }

  /** Whether the socket has not taken a byte of what waits for too long. */
  isWriteStalled(now: number, { writeTimeout }: LivenessLimits, socket: SocketCounts): boolean {
    const sent = backlogOf(socket)
    if (sent === undefined || sent !== this.#sent) {
      this.#sent = sent
      this.#stalledAt = Math.floor(now)
    }
    return now - this.#stalledAt >= writeTimeout
  }

  /** Whether nothing arrived for so many milliseconds and no ping is pending. */
  isSilent(now: number, silence: number): boolean {
    // Bytes that arrived after a stall that the clock had not detected yet.
    if (this.#receivedAt > now) this.#receivedAt = Math.floor(now)
    return this.#pingedAt === 0 && now - this.#receivedAt >= silence
  }

  /** A ping is sent. */
  pinged(now: number, socket: SocketCounts): void {
    this.#pingedAt = now
    this.#bytesAtPing = socket.bytesRead
    this.#backlogAtPing = backlogOf(socket)
  }

  /** The time for the pong to a ping of that moment is over. */
  pongDue(pingedAt: number, socket: SocketCounts): PingOutcome {
    // Answered; there may be another ping by now.
    if (this.#pingedAt !== pingedAt) return 'answered'
    this.#pingedAt = 0
    if (this.#receivedAt > pingedAt) return 'answered'
    // A ping waits behind what was sent before it: a client that still reads that is alive.
    const reads = this.#backlogAtPing !== undefined && backlogOf(socket) !== this.#backlogAtPing
    // Bytes of an unfinished message prove life, but not when.
    return reads || this.#paused || socket.bytesRead !== this.#bytesAtPing ? 'unclear' : 'lost'
  }
}

/** Changes while a backlog of bytes to the client moves; `undefined` if there is none. */
function backlogOf(socket: SocketCounts): number | undefined {
  // The count walks through all that waits: nearly always nothing does.
  return socket.writableLength > 0 ? socket.bytesSent : undefined
}
