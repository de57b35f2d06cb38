import { HubError } from '../errors.js'
import type { Hook } from '../util/hook.js'
import { isThenable } from '../util/thenable.js'
import { isPlain, type ReceivedData, type ReceivedMessage, textIn } from '../connection/received-message.js'
import { type Envelope, idIn } from '../protocol/index.js'
import type { SenderContext } from '../broadcast/sender-context.js'
import type { ScopedConnection } from '../lifecycle/hooks.js'
import type { Counters } from '../observability/counters.js'
import type { MessageTraceOf } from '../observability/diagnostics-payloads.js'
import { TRACES, traced } from '../observability/diagnostics.js'
import type { MessageMeter } from '../observability/message-meter.js'
import type { SlowHandlers } from '../observability/slow-handlers.js'
import type { Warnings } from '../observability/warnings.js'
import type { Member } from '../rooms/member.js'
import type { Answers } from './answers.js'
import { MessageRun } from './message-run.js'
import type { ReplyStreams, StreamedMessage } from './reply-streams.js'
import { type HandledConnection, isStreamed, type RunningHandlers } from './running-handlers.js'

/** Takes the raw frames that the router does not take. */
export type OnMessage<Connection> = Hook<[connection: Connection, data: string | Buffer]>

/** Takes the texts that the router does not take. */
export type OnText<Connection> = Hook<[connection: Connection, text: string]>

/** Takes binary frames. */
export type OnBinary<Connection> = Hook<[connection: Connection, bytes: Buffer]>

/** A connection whose messages are handled. */
export interface MessageSender extends Member, ScopedConnection {
  readonly core: Member['core'] &
    HandledConnection['core'] & {
      /** Whether the client speaks the protocol. */
      readonly speaksProtocol: boolean
      /** Counts a message that no handler takes. */
      countInvalidMessage(): void
    }
}

/** A message with an envelope. */
export type TypedMessage = ReceivedMessage & { readonly envelope: Envelope }

/** The parts of a dispatcher. */
export interface DispatcherParts<Connection extends MessageSender> {
  /** Runs the router on a typed message. @returns the reply, or a promise of it */
  readonly route: ((connection: Connection, message: TypedMessage, run: MessageRun | undefined) => unknown) | undefined
  readonly onMessage: OnMessage<Connection> | undefined
  readonly onText: OnText<Connection> | undefined
  readonly onBinary: OnBinary<Connection> | undefined
  readonly answers: Answers<Connection>
  readonly handlers: RunningHandlers<Connection>
  readonly replyStreams: ReplyStreams<Connection>
  /** Absent if clients are not charged for what their handlers send. */
  readonly senders: SenderContext<Connection> | undefined
  readonly counters: Counters
  readonly meter: MessageMeter
  readonly slowHandlers: SlowHandlers
  readonly warnings: Warnings
}

const NO_ENVELOPE = 'The message is not of the form {"type": string, "payload"?: any, "id"?: string | number}.'

/** Passes each message to its handler, and answers the sender with what the handler returns or throws. */
export class Dispatcher<Connection extends MessageSender> {
  readonly #parts: DispatcherParts<Connection>

  constructor(parts: DispatcherParts<Connection>) {
    this.#parts = parts
  }

  /** Handles a message in the async context of its connection. Never throws; a promise never rejects. */
  handle(connection: Connection, message: ReceivedMessage): void | Promise<void> {
    const { counters, senders, meter, slowHandlers, route } = this.#parts
    counters.received += 1
    const type = route && message.envelope?.type
    const typeMeter = meter.count(type)
    const { startedAt } = meter
    const done = senders
      ? connection.scope.runInAsyncScope(() => senders.run(connection, () => this.#dispatch(connection, message)))
      : connection.scope.runInAsyncScope(this.#dispatch, undefined, connection, message)
    if (done && slowHandlers.isWatching) slowHandlers.watch(meter.labelOf(type), done)
    return startedAt === undefined ? done : typeMeter.settle(startedAt, done)
  }

  // A synchronous handler costs no promise.
  readonly #dispatch = (connection: Connection, received: ReceivedMessage): void | Promise<void> => {
    const { route, answers, replyStreams } = this.#parts
    const typed = route && isTyped(received) ? received : undefined
    const envelope = typed?.envelope
    const run = this.#runOf(envelope)
    try {
      if (envelope && replyStreams.refusesId(connection, envelope.id)) return
      const isTraced = TRACES.message.hasSubscribers
      const result = isTraced
        ? this.#traced(connection, received, run)
        : typed
          ? route?.(connection, typed, run)
          : this.#raw(connection, received)
      if (isThenable(result)) return this.#wait(connection, { id: envelope?.id, run, received }, result)
      if (!envelope) return
      if (isStreamed(received, result))
        return replyStreams.begin(connection, { id: envelope.id, run, received }, result)
      answers.reply(connection, envelope.id, result)
    } catch (error) {
      answers.refuse(connection, envelope?.id, error)
    }
  }

  /** Calls the handler and publishes that on `wshub:message`. */
  #traced(connection: Connection, received: ReceivedMessage, run: MessageRun | undefined): unknown {
    const { route, meter } = this.#parts
    const typed = route && isTyped(received) ? received : undefined
    const { type, id } = typed?.envelope ?? {}
    const trace: MessageTraceOf<Connection> = { connection, type, id, route: meter.labelOf(type) }
    return traced(TRACES.message, trace, () =>
      typed ? route?.(connection, typed, run) : this.#raw(connection, received),
    )
  }

  /** The run of a message that the client can cancel or whose handler has a time limit; `undefined` for all others. */
  #runOf(envelope: Envelope | undefined): MessageRun | undefined {
    return envelope?.id !== undefined || this.#parts.handlers.isTimed ? new MessageRun() : undefined
  }

  #wait(connection: Connection, message: StreamedMessage, result: PromiseLike<unknown>): Promise<void> {
    const { id, run, received } = message
    if (run) return this.#parts.handlers.wait(connection, { id, run, received }, result)
    return this.#settle(connection, message, result)
  }

  #raw(connection: Connection, { data }: ReceivedMessage): unknown {
    const { onMessage, onText = onMessage, onBinary = onMessage } = this.#parts
    if (!this.#parts.route) this.#warnOfRequest(connection, data, onText === undefined)
    if (typeof data === 'string' && onText) return onText(connection, data)
    if (typeof data !== 'string' && isPlain(data) && onBinary) return onBinary(connection, data)
    return this.#reject(connection, data)
  }

  /**
   * Warns of a request to a hub without a router, which never answers it. If the app takes texts, it may read envelopes itself:
   * then only a request of a client that speaks the protocol is a mistake.
   */
  #warnOfRequest(connection: Connection, data: ReceivedData, isRefused: boolean): void {
    const { warnings } = this.#parts
    const isDue = (isRefused || connection.core.speaksProtocol) && warnings.isDue('WSHUB_NO_ROUTER')
    if (isDue && typeof data === 'string' && idIn(data) !== undefined) warnings.warn('WSHUB_NO_ROUTER')
  }

  /** Answers a frame that no handler takes. */
  #reject(connection: Connection, data: ReceivedData): void {
    const text = textIn(data)
    const isText = text !== undefined
    const sentence =
      isText && this.#parts.route ? NO_ENVELOPE : `The server takes no ${isText ? 'text' : 'binary'} messages.`
    const error = new HubError('invalid_message', sentence)
    this.#parts.answers.refuse(connection, isText ? idIn(text) : undefined, error)
    connection.core.countInvalidMessage()
  }

  /** Waits for the handler of a message without a run. Answers with its error, and reports it. */
  async #settle(connection: Connection, message: StreamedMessage, result: PromiseLike<unknown>): Promise<void> {
    try {
      const reply = await result
      if (isStreamed(message.received, reply)) await this.#parts.replyStreams.begin(connection, message, reply)
    } catch (error) {
      this.#parts.answers.refuse(connection, undefined, error)
    }
  }
}

function isTyped(message: ReceivedMessage): message is TypedMessage {
  return message.envelope !== undefined
}
