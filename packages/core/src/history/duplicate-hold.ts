import type { Position } from '../cluster/broker-history.js'
import { after, type Deadline } from '../util/timers.js'
import type { Deliveries } from './deliveries.js'
import * as duplicates from './duplicate-filter.js'
import type { HeldDelivery, HeldFrames, MemberHold } from './member-holds.js'

/** What a hold needs of its recovery. */
export interface DuplicateHoldHost {
  readonly member: object
  readonly deliveries: Deliveries
  /** The most bytes that may be held. */
  readonly limit: number
  send(held: HeldDelivery): void
  /** The hold has no further use. */
  over(): void
}

/** Holds back messages from a member whose recovery has failed, as long as its client may have them already. */
export class DuplicateHold implements MemberHold {
  readonly #host: DuplicateHoldHost
  readonly #state: duplicates.DuplicateFilter<HeldDelivery>
  /** The moment before the first frame that is held. */
  #begun: Pick<HeldFrames, 'since' | 'stood'>
  #size = 0
  #timer: Deadline | undefined

  /** @param position the position of the client @param held what the failed recovery has held */
  constructor(host: DuplicateHoldHost, position: Position, { since, stood, until }: HeldFrames) {
    this.#host = host
    this.#state = duplicates.newFilter(position, until)
    this.#begun = { since, stood }
  }

  /** Takes over the frames that the failed recovery has held. */
  start({ frames, known }: Pick<HeldFrames, 'frames' | 'known'>): void {
    for (const held of frames) this.#size += frameSize(held)
    const isOver = this.#apply(duplicates.takeOver(this.#state, { frames, known }, performance.now()))
    const { position } = this.#host.deliveries
    if (!isOver && position) this.reached(position)
  }

  push(held: HeldDelivery): void {
    this.#size += frameSize(held)
    this.#apply(duplicates.filter(this.#state, held, performance.now()))
  }

  reached(position: Position): void {
    this.#apply(duplicates.reached(this.#state, position))
  }

  leave(): void {
    this.#timer?.cancel()
  }

  /** Ends the hold because another recovery begins. @returns the held frames; `undefined` if there are none */
  take(): HeldFrames | undefined {
    const { held: frames, until } = this.#state
    this.leave()
    return frames.length === 0 ? undefined : { ...this.#begun, frames, until }
  }

  #apply({ sent, isOver, isKnown }: duplicates.Filtered<HeldDelivery>): boolean {
    const { deliveries, member } = this.#host
    if (isKnown) deliveries.omit(member, { since: this.#begun.since, upTo: this.#state.position })
    for (const held of sent) this.#host.send(held)
    if (isOver) {
      this.#timer?.cancel()
      this.#host.over()
      return true
    }
    if (this.#state.held.length === 0) {
      const { mark: since, position: stood } = deliveries
      this.#begun = { since, stood }
      this.#size = 0
    } else if (this.#size > this.#host.limit) return this.#apply(duplicates.releaseHeld(this.#state))
    else this.#timer ??= this.#wait()
    return false
  }

  #wait(): Deadline {
    const left = (this.#state.until ?? 0) - performance.now()
    return after(left, () => this.#apply(duplicates.expire(this.#state, this.#state.until ?? 0)), false)
  }
}

function frameSize({ frame }: HeldDelivery): number {
  return frame.bytes(false).length
}
