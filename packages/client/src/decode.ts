import { decodeBinaryEnvelope, isBinaryEnvelope } from '@wshub/core/protocol'
import { ClientError } from './errors.js'
import type { Message } from './machine/state.js'
import { WithBytes } from './with-bytes.js'

/**
 * The message in a frame: `undefined` for a raw frame, an error for a binary frame that begins like an envelope with bytes but is
 * invalid. The bytes beside an event or a request are the member `bytes` of the message. The bytes beside an answer are in its
 * payload, as a `WithBytes`.
 */
export function messageIn(data: string | ArrayBuffer): Message | ClientError | undefined {
  if (typeof data === 'string') return decode(data)
  const frame = new Uint8Array(data)
  if (!isBinaryEnvelope(frame)) return undefined
  const { text = '', bytes } = decodeBinaryEnvelope(frame) ?? {}
  const message = decode(text, bytes)
  if (!message) return new ClientError('invalid_message')
  const { type, payload } = message
  const isAnswer = type === 'reply' || type === 'hub:next'
  return isAnswer && bytes ? { ...message, payload: new WithBytes(payload, bytes) } : message
}

/** The message in a text, or `undefined` if it has no string `type` or its `id` is neither a string nor a number. */
function decode(text: string, bytes?: Uint8Array): Message | undefined {
  try {
    const value = JSON.parse(text) as Message | null
    const isMessage = typeof value?.type === 'string' && /^[nsu][tun]/.test(typeof value.id)
    return isMessage ? { ...value, bytes } : undefined
  } catch {
    return undefined
  }
}
