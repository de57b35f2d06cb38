import type { Connection } from '../api/connection.js'
import { HubError, type Stage } from '../errors.js'
import { isRemote } from '../connection/client-requests.js'
import { isThenable } from '../util/thenable.js'
import type { Hub } from '../api/hub.js'
import { encodeEnvelope, type Envelope, type ErrorPayload, idIn } from '../protocol/index.js'
import type { Recovery } from '../history/recovery.js'
import type { ReceivedMessage } from '../connection/receiver.js'
import type { Context, Router } from './router.js'

/** Takes the raw frames that no router took. */
export type OnMessage<Data, Events extends object> = (
  connection: Connection<Data, Events>,
  data: string | Buffer,
) => unknown

/** Takes the texts that no router took. */
export type OnText<Data, Events extends object> = (connection: Connection<Data, Events>, text: string) => unknown

/** Takes binary frames. */
export type OnBinary<Data, Events extends object> = (connection: Connection<Data, Events>, bytes: Buffer) => unknown

/** Where messages go. */
export interface DispatcherHost<Data, Events extends object> {
  readonly hub: Hub<Data, Events>
  readonly router: Router<Data, Events, object> | undefined
  readonly onMessage: OnMessage<Data, Events> | undefined
  readonly onText: OnText<Data, Events> | undefined
  readonly onBinary: OnBinary<Data, Events> | undefined
  readonly recovery: Recovery<Data, Events>
  fail(error: unknown, stage: Stage, connection: Connection<Data, Events>): void
  /** A message was answered with an error of this code. */
  rejected(code: string): void
}

const NO_ENVELOPE = 'The message is not of the form {"type": string, "payload"?: any, "id"?: string | number}.'

/** Brings each message to its handler, and what the handler returns or throws back to the sender. */
export class Dispatcher<Data, Events extends object> {
  readonly #to: DispatcherHost<Data, Events>

  constructor(destinations: DispatcherHost<Data, Events>) {
    this.#to = destinations
  }

  /** Never throws; a promise never rejects. A synchronous handler costs no promise. */
  dispatch(connection: Connection<Data, Events>, message: ReceivedMessage): void | Promise<void> {
    const envelope = this.#to.router && message.envelope
    try {
      // Not awaited: messages behind it do not wait for the store.
      if (envelope?.type === 'hub:recover') return void this.#recover(connection, envelope)
      const result = envelope ? this.#route(connection, envelope) : this.#raw(connection, message)
      if (isThenable(result)) return this.#settle(connection, envelope, result)
      if (envelope) reply(connection, envelope, result)
    } catch (error) {
      this.#refuse(connection, envelope?.id, error)
    }
  }

  #route(connection: Connection<Data, Events>, envelope: Envelope): unknown {
    return this.#to.router?.dispatch(contextOf(connection, envelope))
  }

  #raw(connection: Connection<Data, Events>, { data }: ReceivedMessage): unknown {
    const { onMessage, onText = onMessage, onBinary = onMessage } = this.#to
    if (typeof data === 'string' && onText) return onText(connection, data)
    if (typeof data !== 'string' && onBinary) return onBinary(connection, data)
    return this.#nobodys(connection, data)
  }

  /** Answers a frame that nobody takes. */
  #nobodys(connection: Connection<Data, Events>, data: string | Buffer): void {
    const isText = typeof data === 'string'
    const sentence =
      isText && this.#to.router ? NO_ENVELOPE : `The server takes no ${isText ? 'text' : 'binary'} messages.`
    const error = new HubError('invalid_message', sentence, { status: 400 })
    this.#refuse(connection, isText ? idIn(data) : undefined, error)
    connection.core.countJunk()
  }

  #recover(connection: Connection<Data, Events>, envelope: Envelope): Promise<void> {
    // Without an id there is no answer, and without the answer nobody knows what has been recovered.
    if (envelope.id === undefined) {
      throw new HubError('invalid_message', 'A hub:recover needs an id.', { status: 400 })
    }
    return this.#recoverAs(connection, envelope)
  }

  async #recoverAs(connection: Connection<Data, Events>, envelope: Envelope): Promise<void> {
    try {
      await this.#to.recovery.recover(connection, envelope.payload, (answer) => reply(connection, envelope, answer))
    } catch (error) {
      // Nobody is there to be answered.
      if (connection.accepting) this.#refuse(connection, envelope.id, error)
    }
  }

  async #settle(
    connection: Connection<Data, Events>,
    envelope: Envelope | undefined,
    result: PromiseLike<unknown>,
  ): Promise<void> {
    try {
      const payload = await result
      if (envelope) reply(connection, envelope, payload)
    } catch (error) {
      this.#refuse(connection, envelope?.id, error)
    }
  }

  #refuse(connection: Connection<Data, Events>, id: Envelope['id'], error: unknown): void {
    const payload = errorPayload(error)
    this.#to.fail(error, 'message', connection)
    this.#to.rejected(isRemote(error) ? 'remote_error' : payload.code)
    connection.core.answer(errorText(payload, id))
  }
}

function contextOf<Data, Events extends object>(
  connection: Connection<Data, Events>,
  { type, payload, id }: Envelope,
): Context<unknown, Data, Events> {
  return {
    connection,
    hub: connection.hub,
    type,
    payload,
    id,
    reply: undefined,
    get signal() {
      return connection.signal
    },
  }
}

function reply<Data, Events extends object>(
  { core }: Connection<Data, Events>,
  { id }: Envelope,
  payload: unknown,
): void {
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
