import { HubError } from '../errors.js'
import { isRemote } from '../connection/client-requests.js'
import { isThenable } from '../util/thenable.js'
import { encodeEnvelope, type Envelope, type ErrorPayload, idIn } from '../protocol/index.js'
import type { Recovery } from '../history/recovery.js'
import type { ReceivedMessage } from '../connection/receiver.js'
import type { SenderContext } from '../broadcast/sender-context.js'
import type { ScopedConnection } from '../lifecycle/hooks.js'
import type { Counters } from '../observability/counters.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import type { Member } from '../rooms/member.js'
import type { CounterMap } from '../util/counter-map.js'

/** Takes the raw frames that the router does not take. */
export type OnMessage<Connection> = (connection: Connection, data: string | Buffer) => unknown

/** Takes the texts that the router does not take. */
export type OnText<Connection> = (connection: Connection, text: string) => unknown

/** Takes binary frames. */
export type OnBinary<Connection> = (connection: Connection, bytes: Buffer) => unknown

/** A connection whose messages are handled. */
export interface MessageSender extends Member, ScopedConnection {
  readonly core: Member['core'] & {
    /** Sends what must not be dropped. */
    answer(text: string): void
    /** Counts a message that no handler takes. */
    countInvalidMessage(): void
  }
}

/** What messages are handled with. */
export interface DispatcherParts<Connection extends MessageSender> {
  /** Runs the router on a typed message. @returns the reply, or a promise of it */
  readonly route: ((connection: Connection, envelope: Envelope) => unknown) | undefined
  readonly onMessage: OnMessage<Connection> | undefined
  readonly onText: OnText<Connection> | undefined
  readonly onBinary: OnBinary<Connection> | undefined
  readonly recovery: Recovery<Connection>
  /** Absent if handlers are not charged for what they send. */
  readonly senders: SenderContext<Connection> | undefined
  readonly errors: ErrorReporter<Connection>
  readonly counters: Counters
  /** Errors with which messages are answered, by code. */
  readonly rejected: CounterMap
}

const NO_ENVELOPE = 'The message is not of the form {"type": string, "payload"?: any, "id"?: string | number}.'

/** Brings each message to its handler, and what the handler returns or throws back to the sender. */
export class Dispatcher<Connection extends MessageSender> {
  readonly #parts: DispatcherParts<Connection>

  constructor(parts: DispatcherParts<Connection>) {
    this.#parts = parts
  }

  /** Handles a message in the async context of its connection. Never throws; a promise never rejects. */
  handle(connection: Connection, message: ReceivedMessage): void | Promise<void> {
    const { counters, senders } = this.#parts
    counters.received += 1
    if (!senders) return connection.scope.runInAsyncScope(this.#dispatch, undefined, connection, message)
    return connection.scope.runInAsyncScope(() => senders.run(connection, () => this.#dispatch(connection, message)))
  }

  // A synchronous handler costs no promise.
  readonly #dispatch = (connection: Connection, message: ReceivedMessage): void | Promise<void> => {
    const { route } = this.#parts
    const envelope = route && message.envelope
    try {
      // Not awaited: messages behind it do not wait for the store.
      if (envelope?.type === 'hub:recover') return void this.#recover(connection, envelope)
      const result = envelope ? route?.(connection, envelope) : this.#raw(connection, message)
      if (isThenable(result)) return this.#settle(connection, envelope, result)
      if (envelope) reply(connection, envelope, result)
    } catch (error) {
      this.#refuse(connection, envelope?.id, error)
    }
  }

  #raw(connection: Connection, { data }: ReceivedMessage): unknown {
    const { onMessage, onText = onMessage, onBinary = onMessage } = this.#parts
    if (typeof data === 'string' && onText) return onText(connection, data)
    if (typeof data !== 'string' && onBinary) return onBinary(connection, data)
    return this.#reject(connection, data)
  }

  /** Answers a frame that no handler takes. */
  #reject(connection: Connection, data: string | Buffer): void {
    const isText = typeof data === 'string'
    const sentence =
      isText && this.#parts.route ? NO_ENVELOPE : `The server takes no ${isText ? 'text' : 'binary'} messages.`
    const error = new HubError('invalid_message', sentence, { status: 400 })
    this.#refuse(connection, isText ? idIn(data) : undefined, error)
    connection.core.countInvalidMessage()
  }

  #recover(connection: Connection, envelope: Envelope): Promise<void> {
    // Without an id there is no answer, and without the answer the client does not know what has been recovered.
    if (envelope.id === undefined) {
      throw new HubError('invalid_message', 'A hub:recover needs an id.', { status: 400 })
    }
    return this.#recoverAs(connection, envelope)
  }

  async #recoverAs(connection: Connection, envelope: Envelope): Promise<void> {
    try {
      await this.#parts.recovery.recover(connection, envelope.payload, (answer) => reply(connection, envelope, answer))
    } catch (error) {
      if (connection.accepting) this.#refuse(connection, envelope.id, error)
    }
  }

  async #settle(connection: Connection, envelope: Envelope | undefined, result: PromiseLike<unknown>): Promise<void> {
    try {
      const payload = await result
      if (envelope) reply(connection, envelope, payload)
    } catch (error) {
      this.#refuse(connection, envelope?.id, error)
    }
  }

  #refuse(connection: Connection, id: Envelope['id'], error: unknown): void {
    const payload = errorPayload(error)
    this.#parts.errors.report(error, 'message', connection)
    this.#parts.rejected.add(isRemote(error) ? 'remote_error' : payload.code)
    connection.core.answer(errorText(payload, id))
  }
}

function reply({ core }: MessageSender, { id }: Envelope, payload: unknown): void {
  if (id !== undefined) core.answer(encodeEnvelope('reply', payload, id))
}

function errorText(payload: ErrorPayload, id: Envelope['id']): string {
  try {
    return encodeEnvelope('error', payload, id)
  } catch {
    // Its issues hold something that is no JSON.
    return encodeEnvelope('error', errorPayload(undefined), id)
  }
}

function errorPayload(error: unknown): ErrorPayload {
  // Only what was thrown on purpose is for the client; anything else could tell it what it must not know.
  if (!(error instanceof HubError)) return { code: 'internal', message: 'The server failed to handle the message.' }
  const { code, message, issues } = error
  return issues ? { code, message, issues } : { code, message }
}
