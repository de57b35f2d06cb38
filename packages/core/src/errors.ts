import { inspect } from 'node:util'
import { type Issue, printable } from './protocol/index.js'

export { quote } from './protocol/index.js'

/** What else an error carries. */
export interface HubErrorDetails {
  /** The HTTP status with which a framework answers it during a handshake. */
  readonly status?: number
  /** What a schema found wrong. */
  readonly issues?: readonly Issue[]
  /** What lies behind it. */
  readonly cause?: unknown
}

/**
 * An error of a hub, or one that a handler throws on purpose: `code` and `message` reach the client.
 * Every other error that a handler throws is answered as `internal`, without its message.
 */
export class HubError extends Error {
  /** A stable word for programs: `unauthorized`, `invalid_payload`, `room_full` … */
  readonly code: string
  /** The HTTP status for a handshake; 500 where none fits better. */
  readonly status: number
  /** For frameworks that look for this name. */
  readonly statusCode: number
  /** Frameworks may show the message to the client. */
  readonly expose: boolean
  /** What a schema found wrong; absent for other errors. */
  readonly issues: readonly Issue[] | undefined

  /**
   * @param code a stable word for programs
   * @param message a sentence for people; the code where there is none
   * @param details status (default 500), issues, cause
   */
  constructor(code: string, message = code, details: HubErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'HubError'
    this.code = code
    this.status = details.status ?? 500
    this.statusCode = this.status
    this.expose = this.status < 500
    this.issues = details.issues
  }
}

/** The error of whoever wants something of a client that has gone. */
export function closedError(): HubError {
  return new HubError('closed', 'The connection is closed.')
}

/**
 * Where a failure surfaced; the `stage` that `onError` gets: a hook (`open`, `join`, `leave`, `close`), a handler or what a
 * client sent to it (`message`), a frame that breaks the protocol (`receive`), a limit, a check whether
 * somebody may stay (`revalidate`), the way to other servers (`broker`).
 */
export type Stage = 'open' | 'message' | 'join' | 'leave' | 'close' | 'receive' | 'limit' | 'revalidate' | 'broker'

/** What happens to a failure that nobody handles: a process warning, unless a client's own mistake caused it. */
export function warn(error: unknown, { stage }: { readonly stage: Stage }): void {
  // A stranger must not be able to fill the log with mistakes of his own, and a HubError in a handler is an answer.
  if (stage === 'receive' || stage === 'limit' || (stage === 'message' && error instanceof HubError)) return
  warnProcess(`A handler failed (${stage})`, error)
}

/** A process warning about an error of whatever kind: nothing in it can pass for a line of its own. Never throws. */
export function warnProcess(what: string, error: unknown): void {
  const lines = `${what}: ${describe(error)}`.split('\n').map(printable)
  process.emitWarning(lines.join('\n    '), { type: 'WshubWarning' })
}

function describe(error: unknown): string {
  try {
    return inspect(error)
  } catch {
    return 'an error that can\u2019t be shown'
  }
}
