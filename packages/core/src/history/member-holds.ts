import type { Frame } from '../broadcast/frame.js'
import type { Position } from '../cluster/broker-history.js'
import type { DeliveryMark } from './delivery-log.js'
import type { Said } from './recovery-merge.js'

/** A frame of a room for one of its members. */
export interface HeldDelivery extends Said {
  readonly frame: Frame
}

/** Frames that a member was not sent yet, in order. */
export interface HeldFrames {
  /** The moment before the first one. */
  readonly since: DeliveryMark
  /** The position of the room at that moment; `undefined` if it had none. */
  readonly stood: Position | undefined
  readonly frames: readonly HeldDelivery[]
  /** How many of them came before the room reached the client's position; `undefined` if it did not. */
  readonly known?: number | undefined
  /** When they must be sent, on the clock of `performance.now()`; `undefined` until the recovery has failed. */
  readonly until: number | undefined
}

/** The frames of a room that are held back for one of its members. */
export interface MemberHold {
  /** Something is said to the member. */
  push(held: HeldDelivery): void
  /** The room has reached a position, and everything up to there was handed to the member. */
  reached?(position: Position): void
  /** The member has left the room. It gets nothing that was said there any more. */
  leave(): void
}

/** The members of rooms from whom frames are held. */
export class MemberHolds<Member, Hold extends MemberHold> {
  readonly #rooms = new Map<string, Map<Member, Hold>>()

  /** Those of a room; `undefined` if nothing is held from any member. */
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

  /** The room has come to a position. */
  reached(room: string, position: Position | undefined): void {
    if (!position) return
    for (const hold of this.inRoom(room)?.values() ?? []) hold.reached?.(position)
  }
}
