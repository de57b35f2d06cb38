import type { ReceivedMessage } from '../connection/received-message.js'
import { closedError, HubError, type Stage } from '../errors.js'
import { isAsyncIterable } from '../util/async-iterable.js'
import { after, type Deadline } from '../util/timers.js'
import type { Answers } from './answers.js'
import { cancelledError } from './cancelled-error.js'
import type { ConnectionRuns, Running, RunningMessage } from './connection-runs.js'
import type { ReplyStreams } from './reply-streams.js'
import type { StreamReceiver } from './stream-runner.js'

/** A connection with asynchronous handlers. */
export interface HandledConnection extends StreamReceiver {
  readonly core: StreamReceiver['core'] & {
    /** Stops reading (`true`), or continues. */
    holdReading(held: boolean): void
    /**
     * The connection's handlers that have not settled; `undefined` if all have. A field and not a map by connection: if a map grows,
     * V8 links its old table to the new one, which would keep the messages of ended handlers in memory.
     */
    runs: ConnectionRuns | undefined
  }
}

/** What running handlers need of their hub. */
export interface RunningHandlersParts<Connection extends HandledConnection> {
  readonly answers: Answers<Connection>
  readonly replyStreams: ReplyStreams<Connection>
  readonly errors: { report(error: unknown, stage: Stage, connection: Connection): void }
  /** Milliseconds; `Infinity` for no limit. */
  readonly handlerTimeout: number
}

/** Handlers of one connection that may still run after their timeout. At this number the connection is not read any more. */
const MAX_ABANDONED = 16

/** The handlers that have not settled: each message is answered once, by the handler, by a cancel or by its timeout. */
export class RunningHandlers<Connection extends HandledConnection> {
  readonly #parts: RunningHandlersParts<Connection>

  constructor(parts: RunningHandlersParts<Connection>) {
    this.#parts = parts
  }

  /** Whether handlers have a limited time. */
  get isTimed(): boolean {
    return this.#parts.handlerTimeout !== Infinity
  }

  /** Answers a message once its handler has settled. Resolves when the next message may be handled. Never rejects. */
  wait(connection: Connection, message: RunningMessage, result: PromiseLike<unknown>): Promise<void> {
    const running: Running = { ...message, isAnswered: false, isAbandoned: false }
    runsOf(connection).all.push(running)
    return new Promise((free) => {
      const deadline = this.isTimed ? this.#limit(connection, running, free) : undefined
      void this.#settle(connection, running, { result, deadline, free })
    })
  }

  /** Cancels a request. @returns false if neither a handler without an answer nor a stream has this id */
  cancel(connection: Connection, id: string | number): boolean {
    for (const running of runningOf(connection)) {
      if (running.id !== id || running.isAnswered) continue
      const error = cancelledError()
      running.isAnswered = true
      running.run.abort(error)
      this.#parts.answers.decline(connection, id, error)
      return true
    }
    return this.#parts.replyStreams.cancel(connection, id)
  }

  /** A connection has closed. */
  gone(connection: Connection): void {
    for (const { run } of runningOf(connection)) run.abort(closedError())
    this.#parts.replyStreams.gone(connection)
  }

  async #settle(
    connection: Connection,
    running: Running,
    { result, deadline, free }: { result: PromiseLike<unknown>; deadline: Deadline | undefined; free: () => void },
  ): Promise<void> {
    const { answers, errors } = this.#parts
    try {
      const reply = await result
      if (isStreamed(running.received, reply)) await this.#stream(connection, running, reply)
      else if (!running.isAnswered) answers.reply(connection, running.id, reply)
    } catch (error) {
      if (!running.isAnswered) answers.refuse(connection, running.id, error)
      else if (!running.run.isAbortError(error)) errors.report(error, 'message', connection)
    }
    running.isAnswered = true
    deadline?.cancel()
    this.#remove(connection, running)
    free()
  }

  /** Streams the reply. From here on the stream, and not the handler, answers the request. */
  #stream(connection: Connection, running: Running, reply: AsyncIterable<unknown>): void | Promise<void> {
    const streaming = this.#parts.replyStreams.begin(connection, running, reply)
    if (running.id !== undefined) running.isAnswered = true
    return streaming
  }

  #limit(connection: Connection, running: Running, free: () => void): Deadline {
    const { handlerTimeout, answers } = this.#parts
    const late = (): void => {
      const error = new HubError('timeout', `The handler has not answered within ${handlerTimeout} ms.`, {
        status: 503,
        fault: 'app',
      })
      running.run.abort(error)
      if (!running.isAnswered) answers.refuse(connection, running.id, error)
      running.isAnswered = true
      if (this.#abandon(connection, running)) free()
    }
    return after(handlerTimeout, late, false)
  }

  /** @returns whether the queue may continue although the handler has not settled */
  #abandon(connection: Connection, running: Running): boolean {
    const runs = runsOf(connection)
    if (runs.abandoned >= MAX_ABANDONED) return false
    runs.abandoned += 1
    running.isAbandoned = true
    if (runs.abandoned === MAX_ABANDONED) connection.core.holdReading(true)
    return true
  }

  #remove(connection: Connection, running: Running): void {
    const runs = runsOf(connection)
    runs.all.splice(runs.all.indexOf(running), 1)
    if (running.isAbandoned && runs.abandoned === MAX_ABANDONED) connection.core.holdReading(false)
    if (running.isAbandoned) runs.abandoned -= 1
    if (runs.all.length === 0) connection.core.runs = undefined
  }
}

function runningOf({ core: { runs } }: HandledConnection): readonly Running[] {
  return runs ? runs.all : []
}

function runsOf({ core }: HandledConnection): ConnectionRuns {
  return (core.runs ??= { all: [], abandoned: 0 })
}

/** Whether what a handler has returned is sent value by value. */
export function isStreamed({ envelope }: ReceivedMessage, reply: unknown): reply is AsyncIterable<unknown> {
  return envelope !== undefined && isAsyncIterable(reply)
}
