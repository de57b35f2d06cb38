import { after } from '../util/timers.js'
import { FlushBatch, type FlushBatchOptions } from './outbox.js'

/** How the outboxes of a hub are flushed. */
export interface FlushOptions extends Omit<FlushBatchOptions, 'compressed'> {
  /** Milliseconds to wait for more before a flush; 0 is the end of the turn of the event loop. */
  readonly window: number
}

/** The batches of a hub: connections with compression send other bytes than those without. */
export class FlushBatches {
  readonly #plain: FlushBatch
  readonly #compressed: FlushBatch

  constructor({ window, ...options }: FlushOptions) {
    const schedule = window > 0 ? (flush: () => void) => after(window, flush) : undefined
    this.#plain = new FlushBatch(schedule, { ...options, compressed: false })
    this.#compressed = new FlushBatch(schedule, { ...options, compressed: true })
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
