import type { Closure } from '@wshub/core'
import { printable } from '@wshub/core/protocol'
import { goodbye } from './wire.js'

/** What must become of a stream of frames. */
export interface Verdict {
  /** What reaches the handler, in this order: text as a string, binary as bytes. */
  readonly messages: readonly (string | Buffer)[]
  /** The payloads of the pongs that answer its pings, in order (RFC 6455 section 5.5.3). */
  readonly pongs: readonly Buffer[]
  /** The body of the server's close frame; `undefined` where the client may go on. */
  readonly farewell: Buffer | undefined
  /** What `onClose` is told. */
  readonly closure: Closure
  /** How many failures `onError` is told of. */
  readonly failures: number
}

/** How a stream ends. */
export type Ending = Pick<Verdict, 'farewell' | 'closure' | 'failures'>

/** The client broke the protocol or a limit: a close frame with this code and no reason, then the end of the stream. */
export function fails(code: number): Ending {
  return { farewell: goodbye(code), closure: { code, reason: '', clean: false }, failures: 1 }
}

/** The client said goodbye and its own words come back (RFC 6455 section 5.5.1); the app gets them safe for a log. */
export function closes(code: number, reason = ''): Ending {
  return { farewell: goodbye(code, reason), closure: { code, reason: printable(reason), clean: true }, failures: 0 }
}

/** The client said goodbye without a code (RFC 6455 section 7.1.5). */
export const CLOSES_WITHOUT_CODE: Ending = {
  farewell: Buffer.alloc(0),
  closure: { code: 1005, reason: '', clean: true },
  failures: 0,
}

/** Nothing was wrong, so far: the connection lasts until the client ends the stream without a goodbye. */
export const STAYS_OPEN: Ending = {
  farewell: undefined,
  closure: { code: 1006, reason: '', clean: false },
  failures: 0,
}
