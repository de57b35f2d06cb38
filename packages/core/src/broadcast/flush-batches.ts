import { after } from '../util/timers.js'
import { FlushBatch, type FlushBatchOptions } from './flush-batch.js'
import { RoomTails } from './room-tails.js'

/** How the outboxes of a hub are flushed. */
export interface FlushOptions extends Omit<FlushBatchOptions, 'compressed' | 'tails'> {
  /** Milliseconds to wait for more before a flush; 0 flushes at the end of the turn of the event loop. */
  readonly window: number
}

/** The settings of a hub that its batches follow. */
export interface FlushSettings {
  readonly batch: { readonly window: number }
  readonly limits: { readonly maxBufferedBytes: number }
}

/** The counters of a hub that its batches change. */
export interface FlushCounters extends Pick<FlushBatchOptions, 'traffic'> {
  readonly budget: { charge(what: 'sending', bytes: number): void }
  readonly counters: { volatileDropped: number }
  readonly pressure: Pick<FlushBatchOptions, 'stalled'>
}

/** The two batches of a hub: connections with compression get other bytes than those without. */
export class FlushBatches {
  readonly tails = new RoomTails()
  readonly #plain: FlushBatch
  readonly #compressed: FlushBatch

  /** The batches of a hub. They count the bytes that its sockets hold and the volatile messages that are dropped. */
  static of({ batch, limits }: FlushSettings, { budget, counters, traffic, pressure }: FlushCounters): FlushBatches {
    return new FlushBatches({
      window: batch.window,
      limit: limits.maxBufferedBytes,
      charge: (bytes) => budget.charge('sending', bytes),
      dropped: (count) => void (counters.volatileDropped += count),
      stalled: pressure.stalled,
      traffic,
    })
  }

  constructor({ window, ...options }: FlushOptions) {
    const schedule = window > 0 ? (flush: () => void) => after(window, flush) : undefined
    const { tails } = this
    this.#plain = new FlushBatch(schedule, { ...options, compressed: false, tails })
    this.#compressed = new FlushBatch(schedule, { ...options, compressed: true, tails })
  }

  /** The batch of connections with or without compression. */
  of(compressed: boolean): FlushBatch {
    return compressed ? this.#compressed : this.#plain
  }

  /** Sends everything that waits. */
  flush(): void {
    this.#plain.flush()
    this.#compressed.flush()
  }
}
