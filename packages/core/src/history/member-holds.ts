import type { Frame } from '../broadcast/frame.js'
import type { Position } from '../cluster/broker-history.js'
import type { DeliveryMark } from './delivery-log.js'
import type { Said } from './recovery-merge.js'

/** A frame of a room for one of its members. */
export interface HeldDelivery extends Said {
  readonly frame: Frame
}

/** Frames that have not been sent to a member yet, in order. */
export interface HeldFrames {
  /** The moment before the first one. */
  readonly since: DeliveryMark
  /** The position of the room at that moment; `undefined` if it had none. */
  readonly stood: Position | undefined
  readonly frames: readonly HeldDelivery[]
  /** How many of them came before the room reached the client's position; `undefined` if the room did not reach it. */
  readonly known?: number | undefined
  /** When they must be sent, ms on the clock of `performance.now()`; `undefined` until the recovery has failed. */
  readonly until: number | undefined
}

/** The frames of a room that are held back for one of its members. */
export interface MemberHold {
  /** Takes a frame for the member. */
  push(held: HeldDelivery): void
  /** The room has reached a position, and everything up to there was handed to the member. */
  reached?(position: Position): void
  /** The member has left the room. It gets none of the held frames. */
  leave(): void
}

/** The holds of members from whom frames are held back, by room. */
export class MemberHolds<Member, Hold extends MemberHold> {
  readonly #rooms = new Map<string, Map<Member, Hold>>()

  /** The holds in a room; `undefined` if there are none. */
  inRoom(room: string): ReadonlyMap<Member, Hold> | undefined {
    return this.#rooms.size === 0 ? undefined : this.#rooms.get(room)
  }

  of(member: Member, room: string): Hold | undefined {
    return this.inRoom(room)?.get(member)
  }

  set(member: Member, room: string, hold: Hold): void {
    const holds = this.#rooms.get(room) ?? new Map<Member, Hold>()
    this.#rooms.set(room, holds.set(member, hold))
  }

  delete(member: Member, room: string): void {
    const holds = this.#rooms.get(room)
    if (holds?.delete(member) && holds.size === 0) this.#rooms.delete(room)
  }

  /** The room has reached a position. */
  reached(room: string, position: Position | undefined): void {
    if (!position) return
    for (const hold of this.inRoom(room)?.values() ?? []) hold.reached?.(position)
  }
}
