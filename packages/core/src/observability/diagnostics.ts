import { channel, type Channel, tracingChannel, type TracingChannel } from 'node:diagnostics_channel'
import { isThenable } from '../util/thenable.js'

/** What a trace adds to its payload: `result` when the work has succeeded, `error` when it has failed. */
export interface TraceOutcome {
  result?: unknown
  error?: unknown
}

type Trace = TracingChannel<unknown, TraceOutcome>

// Held here permanently: Node drops channels that are not referenced, and with them their subscribers.

/** The tracing channels. Each is `tracing:NAME:start`, `:end`, `:asyncStart`, `:asyncEnd` and `:error`. */
export const TRACES = {
  handshake: tracingChannel<unknown, TraceOutcome>('wshub:handshake'),
  message: tracingChannel<unknown, TraceOutcome>('wshub:message'),
  refresh: tracingChannel<unknown, TraceOutcome>('wshub:refresh'),
  stream: tracingChannel<unknown, TraceOutcome>('wshub:stream'),
}

/** The channels of single events. */
export const EVENTS = {
  opened: channel('wshub:connection:open'),
  closed: channel('wshub:connection:close'),
  joined: channel('wshub:join'),
  left: channel('wshub:leave'),
  dropped: channel('wshub:drop'),
  broker: channel('wshub:broker'),
} satisfies Readonly<Record<string, Channel>>

/**
 * Runs work and publishes its start, its end and its outcome, like `tracePromise` of Node, but work that returns no promise stays
 * synchronous. Call it only if the channel has subscribers: otherwise the payload is made for nobody.
 * @returns what the work returns; if that is a thenable, a promise of its result @throws what the work throws
 */
export function traced<Result>(trace: Trace, payload: TraceOutcome, work: () => Result): Result {
  return trace.start.runStores(payload, () => {
    try {
      const result = work()
      // A thenable may begin its work with each call of then().
      if (isThenable(result)) return settle(trace, payload, result) as Result
      payload.result = result
      return result
    } catch (error) {
      payload.error = error
      trace.error.publish(payload)
      throw error
    } finally {
      trace.end.publish(payload)
    }
  })
}

async function settle(trace: Trace, payload: TraceOutcome, result: PromiseLike<unknown>): Promise<unknown> {
  try {
    return (payload.result = await result)
  } catch (error) {
    payload.error = error
    trace.error.publish(payload)
    throw error
  } finally {
    trace.asyncStart.publish(payload)
    trace.asyncEnd.publish(payload)
  }
}
