import { type Envelope, isReserved } from './envelope.js'
import { quote } from './quote.js'

/**
 * A value as JSON text.
 * @throws TypeError where the value has no JSON form (a function, a symbol, `undefined`, a cycle, a BigInt).
 */
export function encode(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError(`A ${typeof value} has no JSON form and can't be sent.`)
  return text
}

/** An envelope as JSON text; `payload` and `id` are left out where they are `undefined`. */
export function encodeEnvelope(type: string, payload?: unknown, id?: string | number): string {
  return encode({ type, payload, id })
}

/**
 * An event of the app as JSON text.
 * @throws TypeError where the type is no name that an app may use, or the payload has no JSON form
 */
export function encodeEvent(type: string, payload?: unknown, id?: string): string {
  if (typeof type !== 'string' || type === '') throw new TypeError('The type of a message must be a non-empty string.')
  if (isReserved(type)) throw new TypeError(`The message type ${quote(type)} belongs to the protocol.`)
  return encodeEnvelope(type, payload, id)
}

/**
 * The envelope in a text frame, or `undefined` where the text is no JSON object with a string `type` and, if any, an
 * `id` that is a string or a finite number.
 */
export function decodeEnvelope(text: string): Envelope | undefined {
  const value = decodeJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { type, id } = value as { type?: unknown; id?: unknown }
  if (typeof type !== 'string') return undefined
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') return undefined
  return value as Envelope
}

/** The value of a JSON text, or `undefined` where the text is not JSON. */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
