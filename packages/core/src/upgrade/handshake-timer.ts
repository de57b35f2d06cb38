import type { Duplex } from 'node:stream'
import { EarlyData } from './early-data.js'
import { after, type Deadline } from '../util/timers.js'

/** The owner of a handshake timer. */
export interface HandshakeTimerHost {
  /** The handshake's time is up. */
  expire(): void
  /** The timeout that middleware set on the socket has passed. */
  timedOut(): void
}

const NO_DATA: readonly Buffer[] = []

/** Options of a handshake timer. */
interface HandshakeTimerOptions {
  /** Milliseconds that the app may take. */
  readonly timeout: number
  /** Whether no other listener may take the socket. Only then the socket is read, so that a disconnect is detected. */
  readonly exclusive: boolean
  /** Bytes that have come with the request. */
  readonly headBytes: number
}

/** Watches a socket while the app decides: the timeout, a disconnect of the client, and early data. */
export class HandshakeTimer {
  readonly #socket: Duplex
  readonly #watched: HandshakeTimerHost
  readonly #timeout: number
  readonly #exclusive: boolean
  readonly #headBytes: number
  #begin: NodeJS.Immediate | undefined
  #deadline: Deadline | undefined
  #earlyData: EarlyData | undefined
  #onTimeout: (() => void) | undefined

  constructor(socket: Duplex, watched: HandshakeTimerHost, { timeout, exclusive, headBytes }: HandshakeTimerOptions) {
    this.#socket = socket
    this.#watched = watched
    this.#timeout = timeout
    this.#exclusive = exclusive
    this.#headBytes = headBytes
    // Most apps answer within this turn of the event loop. Then the timer and its listeners are not needed.
    this.#begin = setImmediate(startWatching, this)
  }

  /** Begins to watch. */
  start(): void {
    this.#begin = undefined
    this.renew()
    this.#onTimeout = () => this.#watched.timedOut()
    this.#socket.on('timeout', this.#onTimeout)
    if (this.#exclusive) this.#earlyData = new EarlyData(this.#socket, this.#headBytes)
  }

  /** Restarts the timeout. */
  renew(): void {
    this.#deadline?.cancel()
    this.#deadline = after(this.#timeout, () => this.#watched.expire())
  }

  /** Stops watching the socket. @returns the bytes that the client has sent meanwhile */
  stop(): readonly Buffer[] {
    clearImmediate(this.#begin)
    this.#deadline?.cancel()
    if (this.#onTimeout) this.#socket.off('timeout', this.#onTimeout)
    return this.#earlyData?.stop() ?? NO_DATA
  }
}

function startWatching(timer: HandshakeTimer): void {
  timer.start()
}
