import type { Duplex } from 'node:stream'
import { Early } from './early.js'
import { after, type Deadline } from '../limits.js'

/** Who is told when an app takes too long. */
export interface Watched {
  /** The handshake's time is up. */
  expire(): void
  /** The timeout that somebody set on the socket has passed. */
  timedOut(): void
}

const NOTHING: readonly Buffer[] = []

/** How a handshake is watched. */
interface WatchOptions {
  /** Milliseconds that the app may take. */
  readonly timeout: number
  /** Whether nobody else may take the socket: only then it can be read, so that a farewell is noticed. */
  readonly exclusive: boolean
  /** Bytes that have come with the request. */
  readonly begun: number
}

/** Watches over a socket while the app decides: the time that takes, the client's farewell, what it sends already. */
export class Watch {
  readonly #socket: Duplex
  readonly #watched: Watched
  readonly #timeout: number
  #begin: NodeJS.Immediate | undefined
  #deadline: Deadline | undefined
  #early: Early | undefined
  #onTimeout: (() => void) | undefined

  constructor(socket: Duplex, watched: Watched, { timeout, exclusive, begun }: WatchOptions) {
    this.#socket = socket
    this.#watched = watched
    this.#timeout = timeout
    // Most apps answer within this turn of the event loop: they need no watch.
    this.#begin = setImmediate(() => this.#start(exclusive, begun))
  }

  #start(exclusive: boolean, begun: number): void {
    this.#begin = undefined
    this.renew()
    this.#onTimeout = () => this.#watched.timedOut()
    this.#socket.on('timeout', this.#onTimeout)
    if (exclusive) this.#early = new Early(this.#socket, begun)
  }

  /** The time begins anew. */
  renew(): void {
    this.#deadline?.cancel()
    this.#deadline = after(this.#timeout, () => this.#watched.expire())
  }

  /** Lets go of the socket. @returns what the client has sent meanwhile */
  stop(): readonly Buffer[] {
    if (this.#begin) clearImmediate(this.#begin)
    this.#deadline?.cancel()
    if (this.#onTimeout) this.#socket.off('timeout', this.#onTimeout)
    return this.#early?.stop() ?? NOTHING
  }
}
