import { type Envelope, isReserved } from './envelope.js'
import type { HubEvents } from './hub-messages.js'
import { quote } from './quote.js'

/**
 * Encodes a value as JSON text.
 * @throws TypeError if the value has no JSON form (a function, a symbol, `undefined`, a cycle, a BigInt).
 */
export function encode(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError(`A ${typeof value} has no JSON form and can't be sent.`)
  return text
}

/**
 * Encodes a value as JSON text. A function or a symbol in it is an error, although JSON would leave it out.
 * @throws TypeError if the value has no JSON form, or contains a function or a symbol
 */
export function encodeWhole(value: unknown): string {
  const text = JSON.stringify(value, jsonOnly) as string | undefined
  if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON form`)
  return text
}

function jsonOnly(key: string, value: unknown): unknown {
  if (typeof value !== 'function' && typeof value !== 'symbol') return value
  throw new TypeError(key === '' ? `a ${typeof value} has no JSON form` : `its property ${key} is a ${typeof value}`)
}

/** Encodes an envelope as JSON text; `payload` and `id` are left out if they are `undefined`. */
export function encodeEnvelope(type: string, payload?: unknown, id?: string | number): string {
  return encode({ type, payload, id })
}

/**
 * Encodes an event of the app as JSON text.
 * @throws TypeError if the type is empty or belongs to the protocol, or the payload has no JSON form
 */
export function encodeEvent(type: string, payload?: unknown, id?: string): string {
  if (typeof type !== 'string' || type === '') throw new TypeError('The type of a message must be a non-empty string.')
  if (isReserved(type)) throw new TypeError(`The message type ${quote(type)} belongs to the protocol.`)
  return encodeEnvelope(type, payload, id)
}

/** Encodes a message of the hub itself as JSON text. */
export function encodeHubEvent<Type extends keyof HubEvents>(type: Type, payload: HubEvents[Type]): string {
  return encodeEnvelope(type, payload)
}

/**
 * Decodes the envelope in a text frame.
 * @returns `undefined` if the text is no JSON object with a string `type`, or if its `id` is not one that an answer can repeat: a
 * string, or a number from -(2^53 - 1) to 2^53 - 1.
 */
export function decodeEnvelope(text: string): Envelope | undefined {
  const value = decodeObject(text)
  if (typeof value?.type !== 'string') return undefined
  if (value.id !== undefined && !isId(value.id)) return undefined
  return value as unknown as Envelope
}

/**
 * Finds the `id` in a text frame that may be no envelope, for the error that answers the frame.
 * @returns `undefined` if there is no valid one
 */
export function idIn(text: string): string | number | undefined {
  const id = decodeObject(text)?.id
  return isId(id) ? id : undefined
}

// 1e400 is parsed as Infinity and would become null in the answer, and a larger whole number would change: no client could match either.
function isId(id: unknown): id is string | number {
  if (typeof id === 'number') return Number.isFinite(id) && Math.abs(id) <= Number.MAX_SAFE_INTEGER
  return typeof id === 'string'
}

function decodeObject(text: string): { readonly type?: unknown; readonly id?: unknown } | undefined {
  const value = decodeJson(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

/** The value of a JSON text, or `undefined` if the text is not JSON. */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
