/** A typed message, as JSON in a text frame. With an `id` its sender expects an answer. */
export interface Envelope {
  /** The name of the message; `reply`, `error` and names starting with `hub:` belong to the protocol. */
  readonly type: string
  /** Any JSON value. */
  readonly payload?: unknown
  /** Chosen by the sender, repeated in the answer. */
  readonly id?: string | number
  /** A random id that a client gives a request, so that the app can recognise it when it is repeated. */
  readonly key?: unknown
}

/** The payload of an answer of type `error`. */
export interface ErrorPayload {
  /** A stable word for programs, such as `invalid_payload`. */
  readonly code: string
  /** A human-readable sentence. */
  readonly message: string
  /** The faults that a schema found in the payload. */
  readonly issues?: readonly Issue[]
  /** The HTTP status with which the app refused, in answers to `hub:refresh`. */
  readonly status?: number
}

/** One fault that a schema found in a payload. */
export interface Issue {
  readonly message: string
  /** Where in the payload: property names and array indexes from the outside in. */
  readonly path?: readonly (string | number)[]
}

/** The subprotocol that clients of this protocol offer. */
export const SUBPROTOCOL = 'wshub'

/** Whether a message type belongs to the protocol and can't be registered by an app. */
export function isReserved(type: string): boolean {
  return type === 'reply' || type === 'error' || type.startsWith('hub:')
}

/** Whether an envelope is one that the server serves without the app. */
export function isProtocolMessage({ type }: Envelope): boolean {
  return type.startsWith('hub:')
}

/** Whether an envelope answers a request of this side. */
export function isAnswer(envelope: Envelope): boolean {
  return envelope.type === 'reply' || envelope.type === 'error'
}
