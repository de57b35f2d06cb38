import type { DroppedEventOf } from '../observability/diagnostics-payloads.js'
import { EVENTS } from '../observability/diagnostics.js'
import type { Counters } from '../observability/counters.js'
import { CloseCode } from '../protocol/index.js'

/** A connection whose client reads too slowly. */
export interface SlowConsumer {
  close(code: number, reason: string): void
}

/** Decides what happens if a client reads more slowly than messages are sent to it (`limits.slowConsumer`). */
export class SlowConsumerPolicy {
  readonly #mode: 'close' | 'drop'
  readonly #counters: Counters

  constructor(mode: 'close' | 'drop', counters: Counters) {
    this.#mode = mode
    this.#counters = counters
  }

  /** A message did not fit into the outbox. @param required whether the client must not miss it */
  apply(connection: SlowConsumer, required: boolean): void {
    const closes = this.#mode === 'close' || required
    this.#counters.dropped += 1
    if (EVENTS.dropped.hasSubscribers) publishDropped({ connection, closes })
    if (!closes) return
    this.#counters.slow += 1
    connection.close(CloseCode.TryAgainLater, 'slow consumer')
  }
}

function publishDropped(event: DroppedEventOf<SlowConsumer>): void {
  EVENTS.dropped.publish(event)
}
