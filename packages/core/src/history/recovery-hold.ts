import { EMPTY_POSITION, type Position } from '../cluster/broker-history.js'
import { HubError } from '../errors.js'
import type { Frame } from '../broadcast/frame.js'
import type { DeliveryMark } from './delivery-log.js'
import type { HeldDelivery, HeldFrames, MemberHold } from './member-holds.js'
import { isSame } from './position.js'
import { type Merge, merge } from './recovery-merge.js'
import type { RoomStream } from './room-stream.js'
import { unavailable } from './history-errors.js'

export interface RecoveryHoldOptions {
  /** The most bytes that it may hold. */
  readonly limit: number
  /** The frames that are held since an earlier recovery failed; `undefined` if there are none. */
  readonly kept: HeldFrames | undefined
}

/** Holds the frames of a room for one connection while the connection recovers. */
export class RecoveryHold implements MemberHold {
  /** The moment at which the hold began. Earlier deliveries are not held. */
  readonly since: DeliveryMark
  /** Rejects if the recovery has to end: with `left`, or with `unavailable` if the held frames exceed the limit. */
  readonly ended: Promise<never>
  #held: HeldDelivery[] = []
  #size = 0
  readonly #limit: number
  readonly #stream: RoomStream
  readonly #stood: Position | undefined
  readonly #until: number | undefined
  readonly #from: Position | number
  #known: number | undefined
  #end!: (error: HubError) => void
  #error: HubError | undefined

  /** @param from see `RecoverRequest` */
  constructor(from: Position | number, stream: RoomStream, { limit, kept }: RecoveryHoldOptions) {
    this.#from = from
    this.since = kept?.since ?? stream.deliveries.mark
    this.#stream = stream
    this.#stood = kept ? kept.stood : stream.last
    this.#until = kept?.until
    this.#limit = limit
    this.ended = new Promise<never>((_, reject) => {
      this.#end = reject
    })
    this.ended.catch(() => {})
    for (const held of kept?.frames ?? []) this.push(held)
  }

  /** The position of the room when the hold began. */
  get stood(): Position {
    return this.#stood ?? this.#stream.deliveries.begun ?? EMPTY_POSITION
  }

  /** Bytes that it holds. */
  get size(): number {
    return this.#size
  }

  /** Whether the room has reached the client's position since the hold began: the client has the messages up to there. */
  get isKnown(): boolean {
    return this.#known !== undefined
  }

  /** @throws HubError if the recovery has ended, see `ended` */
  assertOpen(): void {
    if (this.#error) throw this.#error
  }

  push(held: HeldDelivery): void {
    this.#held.push(held)
    this.#size += held.frame.bytes(false).length
    if (this.#size > this.#limit) this.#stop(unavailable())
  }

  reached(position: Position): void {
    if (typeof this.#from !== 'number' && isSame(this.#from, position)) this.#known = this.#held.length
  }

  /** The connection has left the room and gets no more of its frames. */
  leave(): void {
    this.#held = []
    this.#stop(new HubError('left', 'The connection has left the room.'))
  }

  #stop(error: HubError): void {
    this.#error ??= error
    this.#end(error)
  }

  /**
   * Takes the frames to send before an answer that reports a loss: all frames up to the last gap, without messages that
   * the client has.
   */
  takeToLastGap(): { readonly frames: readonly Frame[]; readonly position: Position } {
    const taken = this.#held.splice(0, this.#held.findLastIndex(({ isGap }) => isGap) + 1)
    const sent = taken.filter((one, at) => at >= (this.#known ?? 0) || !one.position)
    return { frames: sent.map(({ frame }) => frame), position: taken.at(-1)?.position ?? this.stood }
  }

  /** Takes all held frames. */
  takeAll(): HeldFrames {
    const frames = this.#held.splice(0)
    return { since: this.since, stood: this.#stood, frames, known: this.#known, until: this.#until }
  }

  /** Takes the frames to send before the missed messages, in order. Frames to send after the answer stay held. */
  takeBefore(recovery: Omit<Merge<HeldDelivery>, 'held'>): Frame[] {
    const { before, after } = merge({ ...recovery, held: this.#held })
    this.#held = after
    return before.map(({ frame }) => frame)
  }
}
