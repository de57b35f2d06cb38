import type { BatchNode } from './batch-node.js'
import type { FrameSink } from './frame-sink.js'
import type { Frame } from './frame.js'

/** Something that is flushed with its batch. */
export interface Departing {
  /** Writes what waits to the sockets. The batch does not use its nodes any more. */
  depart(): void
}

/** An outbox that is flushed with its batch. */
export interface WaitingOutbox extends Departing {
  /** Takes the frames of a node, which the batch has deferred for this outbox. */
  setNode(node: BatchNode): void
  /** Updates the number of bytes that its socket holds, after another object has written to the socket. */
  written(): void
}

/** The outbox of a member, as far as a broadcast needs it. */
export interface MemberOutbox extends WaitingOutbox {
  readonly socket: FrameSink
  /** The batch with which it is flushed. */
  readonly batch: RoomBatch
  /** Takes a frame. @returns the node of the outbox in its batch; `undefined` if the frame is not taken */
  enqueue(frame: Frame): BatchNode | undefined
}

/** The outboxes of all members of a room, in one batch, and their sockets in the same order. */
export interface RoomOutboxes {
  readonly outboxes: readonly WaitingOutbox[]
  readonly sockets: readonly FrameSink[]
}

/** A batch, as far as a broadcast needs it. */
export interface RoomBatch {
  /** Takes a frame for outboxes without visiting them. @returns whether the frame was taken */
  defer(outboxes: RoomOutboxes, frame: Frame): boolean
}

/** Outboxes that share a batch. */
export interface SharedOutboxes extends RoomOutboxes {
  readonly batch: RoomBatch
}

/** The members under a name that has had several of them. */
export class MemberList<Member> {
  /** The node that all members and nobody else share in the current batch, if a broadcast has found one. */
  tail: BatchNode | undefined
  /** The outboxes of all members, once a broadcast has collected them: going through the members would touch more memory. */
  outboxes: readonly MemberOutbox[] | undefined
  /** The batch of all of these outboxes, and their sockets, if a broadcast has found that they share one batch. */
  shared: SharedOutboxes | undefined
  readonly #members: Set<Member>

  constructor(members: Iterable<Member>) {
    this.#members = new Set(members)
  }

  get members(): ReadonlySet<Member> {
    return this.#members
  }

  add(member: Member): void {
    this.#change()
    this.#members.add(member)
  }

  /** @returns true if the member was the last */
  remove(member: Member): boolean {
    this.#change()
    return this.#members.delete(member) && this.#members.size === 0
  }

  #change(): void {
    this.tail = this.outboxes = this.shared = undefined
  }
}
