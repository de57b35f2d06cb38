import { nextTurn } from '../util/timers.js'
import type { BatchNode } from './batch-node.js'
import type { FlushBatch } from './flush-batch.js'
import type { FrameSink } from './frame-sink.js'
import type { Frame } from './frame.js'
import { BlockedSocket } from './blocked-socket.js'
import type { VolatileMark } from './volatile-buffer.js'

/**
 * What waits for one connection. Whatever it holds, and the socket with it, stays below a limit. A broadcast visits
 * thousands of these, so it keeps no more than it needs to find the next one's place in the cache.
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
    if (this.batch.deferred) this.batch.settle()
    return (this.#node?.size ?? 0) + (this.#blocked?.keptBytes ?? 0)
  }

  /** Whether no more than half of the limit waits. */
  get hasRoom(): boolean {
    return this.#held + this.size <= this.batch.limit / 2
  }

  /**
   * Takes a frame for the next flush. @returns where the connection stands then; `undefined`, and it takes nothing, if the
   * connection reads too slowly
   */
  push(frame: Frame): BatchNode | undefined {
    const { limit, compressed, deferred } = this.batch
    if (deferred) this.batch.settle()
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
   * and the others are dropped. @returns whether it is on its way
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
    if (this.batch.deferred) this.batch.settle()
    this.#node?.leave()
    this.depart()
  }

  depart(): void {
    const node = this.#node
    // A socket that calls back while it is written to may have given this outbox something for the next batch.
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

  /** Hands out what waits, and nothing after that: a close frame comes next. */
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
    // A loop that sends as fast as the client reads leaves others their turn.
    return !this.hasRoom && this.#blocked ? this.#blocked.over : nextTurn()
  }

  // The kernel may take what the limit alone would refuse: the burst of one turn makes no connection a slow consumer.
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
