import { nextTurn } from '../util/timers.js'
import type { BatchNode } from './batch-node.js'
import type { FlushBatch } from './flush-batch.js'
import type { FrameSink } from './frame-sink.js'
import type { Frame } from './frame.js'
import { BlockedSocket } from './blocked-socket.js'
import type { VolatileMark } from './volatile-buffer.js'

/**
 * The frames that wait to be sent to one connection. Together with what the socket holds, they stay within a limit. A broadcast
 * visits thousands of outboxes, so each is kept small: then more of them fit into the CPU's caches.
 */
export class Outbox {
  readonly batch: FlushBatch
  #socket: FrameSink | undefined
  #node: BatchNode | undefined
  #held = 0
  #blocked: BlockedSocket | undefined

  constructor(batch: FlushBatch, socket: FrameSink) {
    this.batch = batch
    this.#socket = socket
  }

  /** Bytes that wait here. */
  get size(): number {
    if (this.batch.deferred) this.batch.visitDeferred()
    return (this.#node?.size ?? 0) + (this.#blocked?.keptBytes ?? 0)
  }

  /** Whether no more than half of the limit waits. */
  get hasRoom(): boolean {
    return this.#held + this.size <= this.batch.limit / 2
  }

  /**
   * Takes a frame for the next flush. @returns the node of the outbox; `undefined`, and the frame is not taken, if the client
   * reads too slowly
   */
  push(frame: Frame): BatchNode | undefined {
    const { limit, compressed, deferred } = this.batch
    if (deferred) this.batch.visitDeferred()
    const size = frame.size(compressed)
    const waiting = this.#node ? this.#node.size : 0
    if (this.#held + waiting + size > limit && !this.#fits(size)) return undefined
    const node = this.#node
    const next = node ? node.after(frame) : this.batch.begin(this, frame)
    if (next === node) return next
    node?.leave()
    next.enter(this.#held)
    return (this.#node = next)
  }

  setNode(node: BatchNode): void {
    node.enter(this.#held)
    this.#node = node
  }

  /**
   * Takes a volatile message if the socket takes more. If it does not, the newest message of each slot is kept until then,
   * and the others are dropped. @returns whether it was taken for the next flush
   */
  pushVolatile(frame: Frame, mark: VolatileMark): boolean {
    if (!this.#blocked && this.push(frame)) return true
    const { compressed, dropped } = this.batch
    dropped(this.#blocked?.keep(frame, mark, frame.size(compressed)) ?? 1)
    return false
  }

  /** Drops the volatile messages of a room that are kept. */
  forgetVolatile(room: string): void {
    this.batch.dropped(this.#blocked?.forget(room) ?? 0)
  }

  /** Hands what waits to the socket at once. */
  flush(): void {
    if (this.batch.deferred) this.batch.visitDeferred()
    this.#node?.leave()
    this.depart()
  }

  depart(): void {
    const node = this.#node
    // Cleared before the write: a socket that calls back during `write` may put a frame for the next batch into this outbox.
    this.#node = undefined
    const socket = this.#socket
    if (!node || !socket?.writable) return
    socket.write(node.bytes())
    const { traffic } = this.batch
    traffic.messagesOut += node.count
    traffic.bytesOut += node.size
    this.#held = socket.writableLength
    if (this.#held > 0) this.written()
  }

  written(): void {
    const socket = this.#socket
    this.#held = socket?.writableLength ?? 0
    if (this.#held > 0 && socket?.writableNeedDrain) this.#block(socket)
  }

  /** Writes what waits to the socket, and nothing after that: a close frame comes next. */
  finish(): void {
    this.flush()
    this.#socket = undefined
  }

  /** The socket has closed. */
  end(): void {
    this.#socket = undefined
    this.#unblock()
  }

  /** Resolves once no more than half of the limit waits. */
  whenDrained(): Promise<void> {
    if (this.hasRoom) return DRAINED
    this.flush()
    this.#held = this.#socket?.writableLength ?? 0
    // Waits at least for the next turn: a loop that sends as fast as the client reads must not block other work.
    return !this.hasRoom && this.#blocked ? this.#blocked.over : nextTurn()
  }

  // Flushes before it refuses, because the kernel may take the bytes: a burst in one turn does not make a client a slow consumer.
  #fits(size: number): boolean {
    this.flush()
    this.#held = this.#socket?.writableLength ?? 0
    return this.#held === 0 || this.#held + size <= this.batch.limit
  }

  #block(socket: FrameSink): void {
    if (this.#blocked) return this.#blocked.grow(this.#held)
    this.#blocked = new BlockedSocket(this.batch)
    this.batch.stalled.add(this)
    this.#blocked.grow(this.#held)
    socket.once('drain', () => this.#unblock())
  }

  #unblock(): void {
    const kept = this.#blocked?.end() ?? []
    this.#blocked = undefined
    this.#held = 0
    this.batch.stalled.delete(this)
    if (this.#socket) for (const { item, mark } of kept) this.pushVolatile(item, mark)
    else this.batch.dropped(kept.length)
  }
}

const DRAINED = Promise.resolve()
