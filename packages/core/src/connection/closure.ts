import { isSendable } from '../protocol/index.js'

/** How a connection ended. */
export interface Closure {
  /** The close code: the client's where it sent one, else ours, else 1006. */
  readonly code: number
  /** Safe to be logged: control characters of a client's reason are escaped. */
  readonly reason: string
  /** Whether the client sent a close frame. */
  readonly clean: boolean
}

const LONGEST_REASON = 123

/** Whether a close frame can carry these (RFC 6455 sections 5.5.1 and 7.4). */
export function isClosable(code: number, reason: string): boolean {
  return isSendable(code) && Buffer.byteLength(reason) <= LONGEST_REASON
}

/** @throws RangeError where a close frame can't carry these */
export function assertClosable(code: number, reason: string): void {
  if (!isSendable(code)) throw new RangeError(`A close code must be 1000 to 1014 or 3000 to 4999, not ${code}.`)
  if (!isClosable(code, reason)) throw new RangeError(`A close reason may have ${LONGEST_REASON} bytes at most.`)
}
