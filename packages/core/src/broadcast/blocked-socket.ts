import { type Deferred, deferred } from '../util/deferred.js'
import type { Frame } from './frame.js'
import { type KeptVolatile, VolatileBuffer, type VolatileMark } from './volatile-buffer.js'

/** Counts bytes that sockets hold. */
export type Charge = (bytes: number) => void

/** The most volatile messages with a key that are kept for one connection. */
const MAX_KEPT = 1024
/** The share of a connection's limit that the bytes of these messages may take. */
const KEPT_SHARE = 1 / 4

/** What a blocked socket needs of its outbox. */
export interface BlockedSocketOptions {
  /** Bytes that may wait for the connection. */
  readonly limit: number
  readonly charge: Charge
}

/** A socket whose peer does not read. Counts the bytes that it holds, and the volatile messages that are kept for it, until it drains. */
export class BlockedSocket {
  readonly #limit: number
  readonly #charge: Charge
  #held = 0
  #counted = 0
  #over: Deferred<void> | undefined
  #volatile: VolatileBuffer<Frame> | undefined

  constructor({ limit, charge }: BlockedSocketOptions) {
    this.#limit = limit
    this.#charge = charge
  }

  /** Resolves when the socket has drained or closed. */
  get over(): Promise<void> {
    this.#over ??= deferred()
    return this.#over.promise
  }

  /** Bytes of volatile messages that are kept. */
  get keptBytes(): number {
    return this.#volatile?.bytes ?? 0
  }

  /** Sets the number of bytes that the socket holds. */
  grow(bytes: number): void {
    this.#held = bytes
    this.#count()
  }

  /** Keeps the newest volatile message of each slot. @returns how many messages were dropped */
  keep(frame: Frame, mark: VolatileMark, bytes: number): number {
    this.#volatile ??= new VolatileBuffer({ count: MAX_KEPT, bytes: this.#limit * KEPT_SHARE })
    const dropped = this.#volatile.put(frame, mark, bytes)
    this.#count()
    return dropped
  }

  /** Drops the volatile messages that are kept for a room. @returns how many */
  forget(room: string): number {
    const dropped = this.#volatile?.forget(room) ?? 0
    this.#count()
    return dropped
  }

  /** The socket has drained or closed. @returns the volatile messages that were kept */
  end(): readonly KeptVolatile<Frame>[] {
    const kept = this.#volatile?.take() ?? []
    this.#held = 0
    this.#count()
    this.#over?.resolve()
    return kept
  }

  #count(): void {
    const bytes = this.#held + this.keptBytes
    this.#charge(bytes - this.#counted)
    this.#counted = bytes
  }
}
