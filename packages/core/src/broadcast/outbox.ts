import type { Traffic } from '../observability/traffic.js'
import { nextTurn } from '../util/timers.js'
import type { Frame } from './frame.js'
import { type Charge, Jam } from './jam.js'
import type { VolatileMark } from './volatile-buffer.js'

/** The socket under an outbox. */
export interface FrameSink {
  /** False once it has ended or was lost. */
  readonly writable: boolean
  /** Bytes that it holds because the kernel does not take them yet. */
  readonly writableLength: number
  write(bytes: Buffer): unknown
  /** Whether it emits `drain` once the kernel has taken what it holds. */
  readonly writableNeedDrain: boolean
  once(event: 'drain', listener: () => void): unknown
}

/**
 * A place in the sequence of frames that connections got since the last flush. Connections that got the same frames in
 * the same order stand on the same step, so what they share is concatenated once, also where they share only a part.
 */
class BatchNode {
  readonly size: number
  /** Frames up to here. */
  readonly count: number
  readonly #previous: BatchNode | undefined
  readonly #frame: Buffer
  #bytes: Buffer | undefined
  #next: BatchNode | undefined

  constructor(frame: Buffer, previous?: BatchNode) {
    this.#frame = frame
    this.#previous = previous
    this.size = frame.length + (previous ? previous.size : 0)
    this.count = 1 + (previous ? previous.count : 0)
  }

  /** The step after this frame. One remembered branch is enough: a broadcast takes its members there in one loop. */
  after(frame: Buffer): BatchNode {
    if (!this.#next || this.#next.#frame !== frame) this.#next = new BatchNode(frame, this)
    return this.#next
  }

  /** All frames up to here in one buffer, made once for all connections at this node. */
  bytes(): Buffer {
    return (this.#bytes ??= this.#previous ? this.#concat() : this.#frame)
  }

  #concat(): Buffer {
    const all = Buffer.allocUnsafe(this.size)
    all.set(this.#frame, this.size - this.#frame.length)
    for (let step = this.#previous; step; step = step.#previous) all.set(step.#frame, step.size - step.#frame.length)
    return all
  }
}

/** Calls back later. It may return a function that prevents the call. */
export type Schedule = (flush: () => void) => { cancel(): void } | undefined

/** What is the same for all outboxes that leave together. */
export interface FlushBatchOptions {
  /** Bytes that an outbox and its socket may hold together; one message may be larger when nothing else waits. */
  readonly limit: number
  /** Whether its connections negotiated permessage-deflate. */
  readonly compressed: boolean
  /** Counts the bytes that sockets have not sent yet. */
  readonly charge: Charge
  /** Counts what is handed to sockets. */
  readonly traffic: Pick<Traffic, 'messagesOut' | 'bytesOut'>
  /** The outboxes whose socket holds what it was handed. */
  readonly stalled: Set<object>
  /** Counts volatile messages that were dropped. */
  readonly dropped: (count: number) => void
}

/** The outboxes of a hub that wait for the end of this turn of the event loop (or of the batch window). */
export class FlushBatch {
  readonly limit: number
  readonly compressed: boolean
  readonly charge: Charge
  readonly traffic: FlushBatchOptions['traffic']
  readonly stalled: Set<object>
  readonly dropped: (count: number) => void
  readonly #schedule: Schedule | undefined
  #waiting: Outbox[] = []
  #scheduled: { cancel(): void } | undefined
  #first: BatchNode | undefined
  #firstFrame: Buffer | undefined

  /** @param schedule calls back when the batch window is over; without it the window is the turn of the event loop */
  constructor(schedule: Schedule | undefined, options: FlushBatchOptions) {
    this.#schedule = schedule
    this.limit = options.limit
    this.compressed = options.compressed
    this.charge = options.charge
    this.traffic = options.traffic
    this.stalled = options.stalled
    this.dropped = options.dropped
  }

  /** The first step of an outbox that has something to send. */
  begin(outbox: Outbox, frame: Buffer): BatchNode {
    if (this.#waiting.push(outbox) === 1) {
      // Later than every microtask of this turn, so that everything that is sent in it leaves together.
      if (this.#schedule) this.#scheduled = this.#schedule(this.flush)
      else setImmediate(this.flush)
    }
    if (this.#firstFrame !== frame) {
      this.#firstFrame = frame
      this.#first = new BatchNode(frame)
    }
    return this.#first as BatchNode
  }

  /** Sends everything that waits, one write a connection. A property, because the timer calls it directly. */
  readonly flush = (): void => {
    const waiting = this.#waiting
    this.#scheduled?.cancel()
    this.#scheduled = undefined
    this.#waiting = []
    this.#first = this.#firstFrame = undefined
    for (const outbox of waiting) outbox.flush()
  }
}

/**
 * What waits for one connection. Whatever it holds, and the socket with it, stays below a limit. A broadcast visits
 * thousands of these, so it keeps no more than it needs to find the next one's place in the cache.
 */
export class Outbox {
  readonly #turn: FlushBatch
  #socket: FrameSink | undefined
  #step: BatchNode | undefined
  #held = 0
  #jammed: Jam | undefined

  constructor(turn: FlushBatch, socket: FrameSink) {
    this.#turn = turn
    this.#socket = socket
  }

  /** Bytes that wait here. */
  get size(): number {
    return (this.#step?.size ?? 0) + (this.#jammed?.keptBytes ?? 0)
  }

  /** Whether no more than half of the limit waits. */
  get hasRoom(): boolean {
    return this.#held + this.size <= this.#turn.limit / 2
  }

  /** Takes a frame for the next flush. Returns false, and takes nothing, when the connection reads too slowly. */
  push(frame: Frame): boolean {
    const { limit, compressed } = this.#turn
    const bytes = frame.bytes(compressed)
    const waiting = this.#step ? this.#step.size : 0
    if (this.#held + waiting + bytes.length > limit && !this.#fits(bytes)) return false
    this.#step = this.#step ? this.#step.after(bytes) : this.#turn.begin(this, bytes)
    return true
  }

  /**
   * Takes a volatile message if the socket takes more. If it does not, the newest message of each slot is kept until then,
   * and the others are dropped. @returns whether it is on its way
   */
  pushVolatile(frame: Frame, mark: VolatileMark): boolean {
    if (!this.#jammed && this.push(frame)) return true
    const { compressed, dropped } = this.#turn
    const count = this.#jammed?.keep(frame, mark, frame.bytes(compressed).length) ?? 1
    if (count > 0) dropped(count)
    return false
  }

  /** Drops the volatile messages of a room that are kept. */
  forget(room: string): void {
    const count = this.#jammed?.forget(room) ?? 0
    if (count > 0) this.#turn.dropped(count)
  }

  /** Hands what waits to the socket at once. */
  flush(): void {
    const step = this.#step
    if (!step) return
    this.#step = undefined
    const socket = this.#socket
    if (!socket?.writable) return
    socket.write(step.bytes())
    const { traffic } = this.#turn
    traffic.messagesOut += step.count
    traffic.bytesOut += step.size
    this.#held = socket.writableLength
    if (this.#held > 0 && socket.writableNeedDrain) this.#jam(socket)
  }

  /** Hands out what waits, and nothing after that: a close frame comes next. */
  close(): void {
    this.flush()
    this.#socket = undefined
  }

  /** The socket has closed. */
  end(): void {
    this.#socket = undefined
    this.#unjam()
  }

  /** Resolves once no more than half of the limit waits. */
  drained(): Promise<void> {
    if (this.hasRoom) return DRAINED
    this.flush()
    this.#held = this.#socket?.writableLength ?? 0
    // A loop that sends as fast as the client reads leaves others their turn.
    return !this.hasRoom && this.#jammed ? this.#jammed.over : nextTurn()
  }

  // The kernel may take what the limit alone would refuse: the burst of one turn makes no connection a slow consumer.
  #fits(bytes: Buffer): boolean {
    this.flush()
    this.#held = this.#socket?.writableLength ?? 0
    return this.#held === 0 || this.#held + bytes.length <= this.#turn.limit
  }

  #jam(socket: FrameSink): void {
    if (this.#jammed) return this.#jammed.grow(this.#held)
    this.#jammed = new Jam(this.#turn)
    this.#turn.stalled.add(this)
    this.#jammed.grow(this.#held)
    socket.once('drain', () => this.#unjam())
  }

  #unjam(): void {
    const kept = this.#jammed?.end() ?? []
    this.#jammed = undefined
    this.#held = 0
    this.#turn.stalled.delete(this)
    if (this.#socket) for (const { item, mark } of kept) this.pushVolatile(item, mark)
    else if (kept.length > 0) this.#turn.dropped(kept.length)
  }
}

const DRAINED = Promise.resolve()
