import { decodeJson, encodeWhole } from '../protocol/codec.js'

/** The most bytes of a presence state as JSON. */
export const MAX_STATE_BYTES = 1024

/**
 * The presence state of a user as JSON text. It has no control characters, because JSON escapes them.
 * @returns undefined if there is no state
 * @throws TypeError if it has no JSON form, contains a function or a symbol, or has more than 1,024 bytes
 */
export function presenceText(state: unknown): string | undefined {
  if (state === undefined) return undefined
  const text = jsonOf(state)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_STATE_BYTES) return text
  throw new TypeError(`The presence state must have at most ${MAX_STATE_BYTES} bytes as JSON, not ${bytes}.`)
}

/** Whether a text from the network or the store is a valid presence state. */
export function isPresenceText(text: string): boolean {
  if (text.length > MAX_STATE_BYTES || Buffer.byteLength(text) > MAX_STATE_BYTES || hasControls(text)) return false
  return decodeJson(text) !== undefined
}

function jsonOf(state: unknown): string {
  try {
    return encodeWhole(state)
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new TypeError(`The presence state must be JSON: ${reason}.`, { cause: error })
  }
}

function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 32) return true
  return false
}
