import { isSendable } from '../protocol/index.js'

/** How a connection ended. */
export interface Closure {
  /** The close code of the side that closed first, the server or the client; 1006 if neither did. */
  readonly code: number
  /** The close reason. It is safe to log: control characters in a client's reason are escaped. */
  readonly reason: string
  /** Whether the client sent a close frame. */
  readonly clean: boolean
}

/** The most bytes of a close reason: a control frame holds 125, and the code takes two of them (RFC 6455 section 5.5). */
export const MAX_REASON_BYTES = 123

/** Whether a close frame can carry this code and this reason (RFC 6455 sections 5.5.1 and 7.4). */
export function isClosable(code: number, reason: string): boolean {
  return isSendable(code) && Buffer.byteLength(reason) <= MAX_REASON_BYTES
}

/** @throws RangeError for a code that a close frame cannot carry */
export function assertCloseCode(code: number): void {
  if (isSendable(code)) return
  throw new RangeError(
    `A close code must be from 1000 to 1014 without 1004 to 1006, or from 3000 to 4999, not ${String(code)}.`,
  )
}

/** The longest beginning of a text that fits into `bytes` bytes of UTF-8. It is cut between two characters. */
export function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let end = Math.min(text.length, bytes)
  while (Buffer.byteLength(text.slice(0, end)) > bytes) end -= 1
  // Never between the two halves of a surrogate pair.
  if (/[\uD800-\uDBFF]$/.test(text.slice(0, end))) end -= 1
  return text.slice(0, end)
}

/**
 * A close reason that fits into a close frame: the text, or the message of an Error, cut if it is too long. Any other value
 * becomes an empty reason, because a wrong reason must not prevent the close.
 */
export function closeReason(reason: unknown): string {
  const text = typeof reason === 'string' ? reason : reason instanceof Error ? reason.message : ''
  return cutToBytes(text, MAX_REASON_BYTES)
}
