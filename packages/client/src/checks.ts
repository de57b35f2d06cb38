import { isReserved } from '@wshub/core/protocol'
import { ClientError } from './errors.js'

/** The most bytes of a close reason (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123

/** Returns a message type of the app. @throws ClientError `reserved_type` if it is empty or belongs to the protocol */
export function checked(type: string): string {
  if (type === '' || isReserved(type)) throw new ClientError('reserved_type')
  return type
}

/** Checks the arguments of a close: a socket would throw for invalid ones, and may stay open. @throws ClientError `invalid_close` */
export function checkClose(code: number, reason: string): void {
  const isClosable = code === 1000 || (code >= 3000 && code < 5000)
  if (!isClosable || bytesOf(reason) > MAX_REASON_BYTES) throw new ClientError('invalid_close')
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
