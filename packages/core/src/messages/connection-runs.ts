import type { ReceivedMessage } from '../connection/received-message.js'
import type { Envelope } from '../protocol/index.js'
import type { MessageRun } from './message-run.js'

/** A message whose handler has returned a promise. */
export interface RunningMessage {
  readonly id: Envelope['id']
  readonly run: MessageRun
  readonly received: ReceivedMessage
}

/** A {@link RunningMessage} whose handler has not settled. */
export interface Running extends RunningMessage {
  isAnswered: boolean
  isAbandoned: boolean
}

/** The handlers of one connection that have not settled. */
export interface ConnectionRuns {
  readonly all: Running[]
  /** How many of them have exceeded the timeout, so that the queue does not wait for them any more. */
  abandoned: number
}
