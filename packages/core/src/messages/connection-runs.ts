import type { ReceivedMessage } from '../connection/received-message.js'
import type { Envelope } from '../protocol/index.js'
import type { MessageRun } from './message-run.js'

/** A message whose handler has returned a promise. */
export interface RunningMessage {
  readonly id: Envelope['id']
  readonly run: MessageRun
  readonly received: ReceivedMessage
}

/** The same while the handler has not settled. */
export interface Running extends RunningMessage {
  isAnswered: boolean
  isAbandoned: boolean
}

/** The handlers of one connection that have not settled. */
export interface ConnectionRuns {
  readonly all: Running[]
  /** How many of them nobody waits for any more. */
  abandoned: number
}
