import { isRemote } from '../connection/client-requests.js'
import { HubError, type Stage } from '../errors.js'
import {
  encodeBinaryEnvelope,
  encodeEnvelope,
  type Envelope,
  type ErrorPayload,
  isWithBytes,
} from '../protocol/index.js'

/** A connection that gets answers. */
export interface Answerable {
  readonly core: {
    /** Sends an answer, which must not be dropped. */
    answer(data: string | Uint8Array): void
  }
}

/** The parts that report and count answers that are errors. */
export interface AnswersParts<Connection> {
  readonly errors: { report(error: unknown, stage: Stage, connection: Connection): void }
  /** Errors with which messages are answered, by code. */
  readonly rejected: { add(code: string): void }
}

/** Answers messages of clients, each with a reply or an error. */
export class Answers<Connection extends Answerable> {
  readonly #parts: AnswersParts<Connection>

  constructor(parts: AnswersParts<Connection>) {
    this.#parts = parts
  }

  /** Answers a request; a message without `id` gets no reply. @throws TypeError if the payload has no JSON form */
  reply({ core }: Connection, id: Envelope['id'], payload: unknown): void {
    if (id !== undefined) core.answer(encodeReply('reply', payload, id))
  }

  /** Sends one value of a streamed reply. @throws TypeError if the value has no JSON form */
  next({ core }: Connection, id: Envelope['id'], value: unknown): void {
    core.answer(encodeReply('hub:next', value, id))
  }

  /** Answers with an error, and reports it. */
  refuse(connection: Connection, id: Envelope['id'], error: unknown): void {
    this.#parts.errors.report(error, 'message', connection)
    this.decline(connection, id, error)
  }

  /** Answers with an error and does not report it, because it is no failure or was reported before. */
  decline({ core }: Connection, id: Envelope['id'], error: unknown): void {
    core.answer(errorText(this.#counted(error), id))
  }

  /** Answers with an error and its HTTP status, and reports it. */
  refuseWithStatus(connection: Connection, id: Envelope['id'], error: unknown): void {
    this.#parts.errors.report(error, 'message', connection)
    connection.core.answer(errorText({ ...this.#counted(error), status: httpStatusOf(error) }, id))
  }

  #counted(error: unknown): ErrorPayload {
    const payload = errorPayload(error)
    this.#parts.rejected.add(isRemote(error) ? 'remote_error' : payload.code)
    return payload
  }
}

/** Encodes a value of a handler as an envelope, in a binary frame if it has bytes. @throws TypeError if it has no JSON form */
export function encodeReply(type: string, value: unknown, id: Envelope['id']): string | Uint8Array {
  if (!isWithBytes(value)) return encodeEnvelope(type, value, id)
  return encodeBinaryEnvelope(encodeEnvelope(type, value.payload, id), value.bytes)
}

function httpStatusOf(error: unknown): number {
  return error instanceof HubError ? error.status : 500
}

function errorText(payload: ErrorPayload, id: Envelope['id']): string {
  try {
    return encodeEnvelope('error', payload, id)
  } catch {
    // The issues of the error contain a value without a JSON form.
    return encodeEnvelope('error', errorPayload(undefined), id)
  }
}

function errorPayload(error: unknown): ErrorPayload {
  // Only a HubError is thrown for the client. The message of any other error could reveal what the client must not know.
  if (!(error instanceof HubError)) return { code: 'internal', message: 'The server failed to handle the message.' }
  const { code, message, issues } = error
  return issues ? { code, message, issues } : { code, message }
}
