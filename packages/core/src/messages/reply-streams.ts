import { handledBytes } from '../connection/message-memory.js'
import type { ReceivedMessage } from '../connection/received-message.js'
import { closedError, HubError, type Stage } from '../errors.js'
import type { Envelope } from '../protocol/index.js'
import type { StreamTraceOf } from '../observability/diagnostics-payloads.js'
import { TRACES, traced } from '../observability/diagnostics.js'
import type { Answers } from './answers.js'
import { cancelledError } from './cancelled-error.js'
import type { MessageRun } from './message-run.js'
import { ReplySource } from './reply-source.js'
import type { StreamCause } from './reply-stream.js'
import { type StreamReceiver, StreamRunner } from './stream-runner.js'

/** What streamed replies need of their hub. */
export interface ReplyStreamsParts<Connection extends StreamReceiver> {
  readonly answers: Answers<Connection>
  readonly errors: { report(error: unknown, stage: Stage, connection: Connection): void }
  readonly budget: { charge(what: 'handling', bytes: number): void }
  /** Streams of one connection at a time. */
  readonly maxStreams: number
  /** Milliseconds that a value may take; `Infinity` for any time. */
  readonly handlerTimeout: number
}

/** A message whose handler has returned an async iterable. */
export interface StreamedMessage {
  readonly id: Envelope['id']
  /** `undefined` if the message has no `id`. */
  readonly run: MessageRun | undefined
  readonly received: ReceivedMessage
}

/** Values that all streams together may pull before other work of the event loop has its turn. */
const MAX_PER_TURN = 1024
/** Values that one of these streams may pull. */
const MAX_OF_STREAM_PER_TURN = 32

/** The streamed replies of a hub. Each takes one of its connection's slots until its iterator has settled. */
export class ReplyStreams<Connection extends StreamReceiver> {
  readonly #parts: ReplyStreamsParts<Connection>
  readonly #connections = new Map<Connection, Set<StreamRunner<Connection>>>()
  #size = 0

  constructor(parts: ReplyStreamsParts<Connection>) {
    this.#parts = parts
  }

  /** Streams that have a slot. */
  get size(): number {
    return this.#size
  }

  /** Connections that have streams. */
  get connections(): number {
    return this.#connections.size
  }

  /** Refuses a message whose id is that of a stream: its answer would end the stream for the client. @returns whether it was refused */
  refusesId(connection: Connection, id: Envelope['id']): boolean {
    if (this.#size === 0 || !this.#find(connection, id)) return false
    const error = new HubError('invalid_message', 'The id is that of a streamed reply in progress.')
    this.#parts.answers.refuse(connection, undefined, error)
    return true
  }

  /**
   * Streams the values of an iterable as the answer to a message. If the message has no `id`, the iterable is ended before its
   * first value.
   * @returns a promise if the next message must wait until the iterable has ended. Never throws; the promise never rejects
   */
  begin(connection: Connection, message: StreamedMessage, iterable: AsyncIterable<unknown>): void | Promise<void> {
    const { id, run, received } = message
    const source = ReplySource.of(iterable)
    if (id === undefined || !run || run.isAborted) return this.#discard(connection, run, source)
    if (this.refusesId(connection, id)) return this.#discard(connection, run, source)
    const own = this.#connections.get(connection)
    if (own && own.size >= this.#parts.maxStreams) {
      this.#parts.answers.refuse(connection, id, tooManyStreams(this.#parts.maxStreams))
      return this.#discard(connection, run, source)
    }
    this.#add(connection, { id, run, source }, handledBytes(received.data, true))
  }

  /** Cancels a request. @returns whether its reply was being streamed */
  cancel(connection: Connection, id: string | number): boolean {
    const runner = this.#find(connection, id)
    runner?.end({ error: cancelledError(), answer: 'decline' })
    return runner !== undefined
  }

  /** A connection has closed. */
  gone(connection: Connection): void {
    if (this.isStreaming(connection)) this.#endAll(connection, { error: closedError(), answer: undefined })
  }

  /** Whether a connection has a stream whose iterator has not settled. */
  isStreaming(connection: Connection): boolean {
    return this.#connections.has(connection)
  }

  /** Resolves once the streams of a connection, or of all, have ended and their iterators have settled. */
  async idle(connection?: Connection): Promise<void> {
    const sets = connection ? [this.#of(connection)] : [...this.#connections.values()]
    await Promise.all(sets.flatMap((runners) => Array.from(runners, ({ settled }) => settled)))
  }

  /** The hub closes. */
  stop(): void {
    const error = new HubError('unavailable', 'The server is shutting down.')
    for (const connection of this.#connections.keys()) this.#endAll(connection, { error, answer: 'decline' })
  }

  #add(
    connection: Connection,
    stream: { readonly id: string | number; readonly run: MessageRun; readonly source: ReplySource },
    bytes: number,
  ): void {
    const { budget } = this.#parts
    const own = this.#connections.get(connection) ?? new Set()
    const runner = new StreamRunner<Connection>(connection, stream, {
      ...this.#parts,
      share: () => Math.max(1, Math.min(MAX_OF_STREAM_PER_TURN, Math.floor(MAX_PER_TURN / this.#size))),
      settled: () => {
        budget.charge('handling', -bytes)
        this.#remove(connection, own, runner)
      },
    })
    this.#connections.set(connection, own.add(runner))
    this.#size += 1
    budget.charge('handling', bytes)
    if (TRACES.stream.hasSubscribers) void this.#traced(connection, runner)
    else runner.begin()
  }

  /** Begins a stream and publishes it on `wshub:stream`. */
  async #traced(connection: Connection, runner: StreamRunner<Connection>): Promise<void> {
    const trace: StreamTraceOf<Connection> = { connection, id: runner.id }
    const stream = async (): Promise<StreamTraceOf<Connection>['result']> => {
      runner.begin()
      await runner.settled
      if (runner.failure) throw runner.failure.error
      return { values: runner.values }
    }
    // The client has got the error.
    await traced(TRACES.stream, trace, stream).catch(() => undefined)
  }

  #remove(connection: Connection, own: Set<StreamRunner<Connection>>, runner: StreamRunner<Connection>): void {
    this.#size -= 1
    own.delete(runner)
    if (own.size === 0) this.#connections.delete(connection)
  }

  #find(connection: Connection, id: Envelope['id']): StreamRunner<Connection> | undefined {
    for (const runner of this.#of(connection)) if (runner.id === id && !runner.isEnded) return runner
    return undefined
  }

  #of(connection: Connection): Iterable<StreamRunner<Connection>> {
    return this.#connections.get(connection) ?? []
  }

  #endAll(connection: Connection, cause: StreamCause): void {
    for (const runner of this.#of(connection)) runner.end(cause)
  }

  /** Ends an iterable without sending any of its values. */
  async #discard(connection: Connection, run: MessageRun | undefined, source: ReplySource): Promise<void> {
    try {
      await source.return()
    } catch (error) {
      if (!run?.isAbortError(error)) this.#parts.errors.report(error, 'message', connection)
    }
  }
}

function tooManyStreams(limit: number): HubError {
  return new HubError('too_many_streams', `The connection has ${limit} streamed replies in progress.`)
}
