import type { Closure } from '@wshub/core'
import { printable } from '@wshub/core/protocol'
import { closeBody } from './wire.js'

/** The expected outcome of a stream of frames. */
export interface Verdict {
  /** The messages that the handler gets, in order: text as a string, binary as bytes. */
  readonly messages: readonly (string | Buffer)[]
  /** The payloads of the pongs that answer its pings, in order (RFC 6455 section 5.5.3). */
  readonly pongs: readonly Buffer[]
  /** The body of the server's close frame; `undefined` if the server sends none. */
  readonly closeFrame: Buffer | undefined
  /** The closure that `onClose` gets. */
  readonly closure: Closure
  /** The number of failures that are reported to `onError`. */
  readonly failures: number
}

/** How a stream ends. */
export type Ending = Pick<Verdict, 'closeFrame' | 'closure' | 'failures'>

/** The client violated the protocol or a limit: the server sends a close frame with this code and ends the stream. */
export function fails(code: number): Ending {
  return { closeFrame: closeBody(code), closure: { code, reason: '', clean: false }, failures: 1 }
}

/** The client sent a close frame, which the server echoes (RFC 6455 section 5.5.1); the app gets a printable reason. */
export function closes(code: number, reason = ''): Ending {
  return { closeFrame: closeBody(code, reason), closure: { code, reason: printable(reason), clean: true }, failures: 0 }
}

/** The client sent a close frame without a code (RFC 6455 section 7.1.5). */
export const CLOSES_WITHOUT_CODE: Ending = {
  closeFrame: Buffer.alloc(0),
  closure: { code: 1005, reason: '', clean: true },
  failures: 0,
}

/** No violation: the connection is open until the client ends the stream without a close frame. */
export const STAYS_OPEN: Ending = {
  closeFrame: undefined,
  closure: { code: 1006, reason: '', clean: false },
  failures: 0,
}
