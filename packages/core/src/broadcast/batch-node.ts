import type { Frame } from './frame.js'

/** The settings that all nodes of a batch share. */
export interface NodeBatch {
  /** Bytes that an outbox and its socket may hold together. */
  readonly limit: number
  /** Whether its connections negotiated permessage-deflate. */
  readonly compressed: boolean
}

/**
 * Frames that some connections get in this order with the next flush. Connections that have got the same frames so far share
 * one node, so that these frames are concatenated once for all of them. A connection that gets another frame moves to a new
 * node, which begins with the frames of this one.
 */
export class BatchNode {
  /** Bytes of all frames. */
  size: number
  /** How many frames there are. */
  count: number
  readonly #batch: NodeBatch
  #standing = 0
  /** The bytes that the fullest socket of these outboxes held when its outbox moved to this node. */
  #held = 0
  readonly #previous: BatchNode | undefined
  /** How many of the frames come from the previous node. */
  readonly #inherited: number
  readonly #first: Frame
  #more: Frame[] | undefined
  #bytes: Buffer | undefined
  #next: BatchNode | undefined

  constructor(batch: NodeBatch, frame: Frame, previous?: BatchNode) {
    this.#batch = batch
    this.#first = frame
    this.#previous = previous
    this.#inherited = previous ? previous.count : 0
    this.size = frame.size(batch.compressed) + (previous ? previous.size : 0)
    this.count = this.#inherited + 1
  }

  /** Whether this frame alone was added to what the previous node held. */
  beginsWith(frame: Frame): boolean {
    return this.#first === frame && !this.#more
  }

  /**
   * The node to which an outbox of this node belongs after one more frame. Remembering one next node is enough, because a
   * broadcast moves all its members there in one loop.
   */
  after(frame: Frame): BatchNode {
    const next = this.#next
    if (next?.beginsWith(frame)) return next
    if (this.#standing > 1) return (this.#next = new BatchNode(this.#batch, frame, this))
    this.#add(frame)
    return this
  }

  /** An outbox has moved to this node. @param held the bytes that its socket holds */
  enter(held: number): void {
    this.#standing += 1
    if (held > this.#held) this.#held = held
  }

  /** An outbox has left this node. */
  leave(): void {
    this.#standing -= 1
  }

  /** The number of outboxes at this node. */
  get standing(): number {
    return this.#standing
  }

  /** Adds a frame for every outbox of this node. @returns false, and adds nothing, if it does not fit into one of them */
  extend(frame: Frame): boolean {
    const { limit, compressed } = this.#batch
    if (this.#held + this.size + frame.size(compressed) > limit) return false
    this.#add(frame)
    return true
  }

  #add(frame: Frame): void {
    if (this.#more) this.#more.push(frame)
    else this.#more = [frame]
    this.size += frame.size(this.#batch.compressed)
    this.count += 1
    this.#bytes = this.#next = undefined
  }

  /** All frames in one buffer, made once for all outboxes of this node. */
  bytes(): Buffer {
    return (this.#bytes ??= this.#previous || this.#more ? this.#concat() : this.#first.bytes(this.#batch.compressed))
  }

  #concat(): Buffer {
    const all = Buffer.allocUnsafe(this.size)
    let at = this.#copyInto(all, this.size, this.count)
    let inherited = this.#inherited
    for (let node = this.#previous; node; node = node.#previous) {
      at = node.#copyInto(all, at, inherited)
      inherited = node.#inherited
    }
    return all
  }

  /** Copies this node's own frames among its first `count` frames, so that they end at `end`. @returns where they begin */
  #copyInto(all: Buffer, end: number, count: number): number {
    let at = end
    for (let index = count - this.#inherited - 2; index >= 0; index -= 1) at = this.#copy(this.#more?.[index], all, at)
    return this.#copy(this.#first, all, at)
  }

  #copy(frame: Frame | undefined, all: Buffer, end: number): number {
    if (!frame) return end
    const { compressed } = this.#batch
    const at = end - frame.size(compressed)
    frame.copyTo(all, at, compressed)
    return at
  }
}
