import type { MemoryBudget } from '../admission/memory-budget.js'
import type { FlushBatches } from '../broadcast/flush-batches.js'
import type { Compression } from '../broadcast/frame.js'
import type { Stage } from '../errors.js'
import type { MessageTaps } from '../observability/message-taps.js'
import type { BackPressure } from '../observability/back-pressure.js'
import type { Traffic } from '../observability/traffic.js'
import type { Envelope } from '../protocol/index.js'
import type { Closure } from './closure.js'
import type { LivenessLimits } from './liveness.js'
import type { MessageRate } from './message-rate.js'
import type { ReceivedMessage } from './received-message.js'

/** The limits of one connection. */
export interface ConnectionLimits extends LivenessLimits {
  /** Bytes that may be held for it. */
  readonly maxConnectionBytes: number
  /** Handlers that run at a time. */
  readonly concurrency: number
  readonly messageRate: MessageRate | undefined
}

/** What a connection needs of its hub. `Connection` is the type that the hub has for it. */
export interface ConnectionHost<Connection, Hub = unknown> {
  readonly hub: Hub
  readonly limits: ConnectionLimits
  readonly budget: MemoryBudget
  readonly traffic: Traffic
  readonly pressure: BackPressure
  readonly compression: Compression | undefined
  /** Whether texts are read as typed messages. */
  readonly typed: boolean
  readonly batches: FlushBatches
  readonly clock: { now(): number }
  readonly taps: Pick<MessageTaps<Connection>, 'isEmpty' | 'received' | 'sent'>
  readonly dispatcher: {
    /** Handles a message. Never throws; a promise never rejects. */
    handle(connection: Connection, message: ReceivedMessage): void | Promise<void>
  }
  readonly protocol: {
    /** Serves a message of the protocol. Never throws. */
    serve(connection: Connection, envelope: Envelope): void
  }
  readonly slowConsumers: {
    /** A message did not fit into the outbox. @param required whether the client must not miss it */
    apply(connection: Connection, required: boolean): void
  }
  readonly memberships: {
    enter(connection: Connection, rooms: string | readonly string[]): Promise<void>
    /** @param code the code of the `hub:left` that the client gets */
    leave(connection: Connection, room: string, code: 'left'): void
  }
  readonly presence: {
    /** Changes the state of the user that others see. @param state JSON text; `undefined` for no state */
    restate(connection: Connection, state: string | undefined): void
  }
  readonly lifecycle: {
    /** The socket of a connection has closed. */
    closed(connection: Connection, closure: Closure): void
  }
  readonly errors: {
    report(error: unknown, stage: Stage, connection: Connection): void
  }
  /** Counts the errors with which messages are answered, by code. */
  readonly rejected: { add(code: string): void }
}
