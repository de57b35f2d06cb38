import type { Connection } from '../connection/connection.js'
import { HubError, type Stage } from '../errors.js'
import { isThenable } from '../thenable.js'
import type { Hub } from '../hub/hub.js'
import { encodeEnvelope, type Envelope, type ErrorPayload } from '../protocol/index.js'
import type { Recovery } from '../history/recovery.js'
import type { Message } from '../connection/reception.js'
import type { Context, Router } from './router.js'

/** Takes the raw frames that no router took. */
export type OnMessage<Data, Events extends object> = (
  connection: Connection<Data, Events>,
  data: string | Buffer,
) => unknown

/** Where messages go. */
export interface Destinations<Data, Events extends object> {
  readonly hub: Hub<Data, Events>
  readonly router: Router<Data, Events, object> | undefined
  readonly onMessage: OnMessage<Data, Events> | undefined
  readonly recovery: Recovery<Data, Events>
  fail(error: unknown, stage: Stage, connection: Connection<Data, Events>): void
  /** A message was answered with an error of this code. */
  rejected(code: string): void
}

/** Brings each message to its handler, and what the handler returns or throws back to the sender. */
export class Dispatcher<Data, Events extends object> {
  readonly #to: Destinations<Data, Events>

  constructor(destinations: Destinations<Data, Events>) {
    this.#to = destinations
  }

  /** Never throws; a promise never rejects. A synchronous handler costs no promise. */
  dispatch(connection: Connection<Data, Events>, message: Message): void | Promise<void> {
    const envelope = this.#to.router && message.envelope
    // Not awaited: messages behind it do not wait for the store.
    if (envelope?.type === 'hub:recover') return void this.#recover(connection, envelope)
    try {
      const result = envelope ? this.#route(connection, envelope) : this.#raw(connection, message)
      if (isThenable(result)) return this.#settle(connection, envelope, result)
      if (envelope) reply(connection, envelope, result)
    } catch (error) {
      this.#refuse(connection, envelope, error)
    }
  }

  #route(connection: Connection<Data, Events>, envelope: Envelope): unknown {
    return this.#to.router?.dispatch(contextOf(connection, envelope))
  }

  #raw(connection: Connection<Data, Events>, { data }: Message): unknown {
    if (this.#to.onMessage) return this.#to.onMessage(connection, data)
    throw new HubError('invalid_message', 'The message is not of the form {"type": string, "payload"?: any}.', {
      status: 400,
    })
  }

  async #recover(connection: Connection<Data, Events>, envelope: Envelope): Promise<void> {
    try {
      await this.#to.recovery.recover(connection, envelope.payload, (answer) => reply(connection, envelope, answer))
    } catch (error) {
      // Nobody is there to be answered.
      if (connection.accepting) this.#refuse(connection, envelope, error)
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
      this.#refuse(connection, envelope, error)
    }
  }

  #refuse(connection: Connection<Data, Events>, envelope: Envelope | undefined, error: unknown): void {
    const payload = errorPayload(error)
    this.#to.fail(error, 'message', connection)
    this.#to.rejected(payload.code)
    connection.send(errorText(payload, envelope?.id))
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

function reply(connection: { send(data: string): void }, { id }: Envelope, payload: unknown): void {
  if (id !== undefined) connection.send(encodeEnvelope('reply', payload, id))
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
