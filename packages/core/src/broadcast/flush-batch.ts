import type { Traffic } from '../observability/traffic.js'
import { BatchNode } from './batch-node.js'
import type { Frame } from './frame.js'
import type { Charge } from './blocked-socket.js'
import type { Departing, RoomOutboxes } from './member-list.js'
import type { RoomTails } from './room-tails.js'

/** Calls back later. It may return an object that cancels the call. */
export type Schedule = (flush: () => void) => { cancel(): void } | undefined

/** The settings that all outboxes of a batch share. */
export interface FlushBatchOptions {
  /** Bytes that an outbox and its socket may hold together; one message may be larger when nothing else waits. */
  readonly limit: number
  /** Whether its connections negotiated permessage-deflate. */
  readonly compressed: boolean
  /** Counts the bytes that sockets have not sent yet. */
  readonly charge: Charge
  /** Counts what is handed to sockets. */
  readonly traffic: Pick<Traffic, 'messagesOut' | 'bytesOut'>
  /** The outboxes whose sockets are full: they hold bytes and wait to be drained. */
  readonly stalled: Set<object>
  /** Counts volatile messages that were dropped. */
  readonly dropped: (count: number) => void
  /** The nodes that all members of a room share, in all batches of the hub. */
  readonly tails: RoomTails
}

/** The outboxes of a room that get the frames of a node, but have not been visited for them. */
class DeferredRoom implements Departing {
  readonly all: RoomOutboxes
  readonly node: BatchNode
  readonly #traffic: FlushBatchOptions['traffic']

  constructor(all: RoomOutboxes, node: BatchNode, traffic: FlushBatchOptions['traffic']) {
    this.all = all
    this.node = node
    this.#traffic = traffic
  }

  // Only outboxes whose sockets still hold bytes are visited: each outbox is another object to load from memory.
  depart(): void {
    const { outboxes, sockets } = this.all
    const { count, size } = this.node
    for (let index = 0; index < sockets.length; index += 1) {
      const socket = sockets[index]
      if (!socket?.writable) continue
      socket.write(this.node.bytes())
      this.#traffic.messagesOut += count
      this.#traffic.bytesOut += size
      if (socket.writableLength > 0) outboxes[index]?.written()
    }
  }
}

/** An upper bound for the bytes that a socket holds without waiting for `drain`: no default of Node is larger. */
const MAX_UNDRAINED_BYTES = 64 * 1024

/** The outboxes of a hub that are flushed together at the end of this turn of the event loop (or of the batch window). */
export class FlushBatch {
  readonly limit: number
  readonly compressed: boolean
  readonly charge: Charge
  readonly traffic: FlushBatchOptions['traffic']
  readonly stalled: Set<object>
  readonly dropped: (count: number) => void
  /** The room whose outboxes were not visited, if there is one. */
  deferred: DeferredRoom | undefined
  readonly #schedule: Schedule | undefined
  readonly #tails: RoomTails
  #waiting: Departing[] = []
  #scheduled: { cancel(): void } | undefined
  #first: BatchNode | undefined

  /** @param schedule calls back when the batch window is over; without it the window is the turn of the event loop */
  constructor(schedule: Schedule | undefined, options: FlushBatchOptions) {
    this.#schedule = schedule
    this.limit = options.limit
    this.compressed = options.compressed
    this.charge = options.charge
    this.traffic = options.traffic
    this.stalled = options.stalled
    this.dropped = options.dropped
    this.#tails = options.tails
  }

  /** Adds an outbox that got its first frame. @returns the node of the outbox */
  begin(outbox: Departing, frame: Frame): BatchNode {
    if (this.#waiting.push(outbox) === 1) {
      // Later than every microtask of this turn, so that everything that is sent in it leaves together.
      if (this.#schedule) this.#scheduled = this.#schedule(this.flush)
      else setImmediate(this.flush)
    }
    if (this.#first?.beginsWith(frame)) return this.#first
    return (this.#first = new BatchNode(this, frame))
  }

  /**
   * Takes a frame for all outboxes of a room without visiting them before the flush, if nothing else waits in the batch. Until
   * the flush, an outbox must call {@link visitDeferred} before it does anything else. @returns whether the frame was taken
   */
  defer(all: RoomOutboxes, frame: Frame): boolean {
    const { deferred } = this
    if (deferred) return deferred.all === all && deferred.node.extend(frame)
    const isFirst = this.#waiting.length === 0 && this.stalled.size === 0
    if (!isFirst || MAX_UNDRAINED_BYTES + frame.size(this.compressed) > this.limit) return false
    const node = (this.#first = new BatchNode(this, frame))
    node.enter(MAX_UNDRAINED_BYTES)
    this.deferred = new DeferredRoom(all, node, this.traffic)
    this.begin(this.deferred, frame)
    return true
  }

  /** Gives the frames of the deferred room to each of its outboxes. */
  visitDeferred(): void {
    if (!this.deferred) return
    const { all, node } = this.deferred
    const { outboxes } = all
    this.deferred = undefined
    node.leave()
    this.#waiting = [...outboxes]
    for (const outbox of outboxes) outbox.setNode(node)
  }

  /** Sends everything that waits, one write a connection. A property, because the timer calls it directly. */
  readonly flush = (): void => {
    const waiting = this.#waiting
    this.#scheduled?.cancel()
    this.#scheduled = undefined
    this.#waiting = []
    this.#first = this.deferred = undefined
    this.#tails.clear()
    for (const outbox of waiting) outbox.depart()
  }
}
