import { performance } from 'node:perf_hooks'
import { inspect } from 'node:util'
import { brand, isBranded } from './util/package-copies.js'
import { type Fault, type HubErrorCode, isKnown, ruleOf } from './error-codes.js'
import { type Issue, printable } from './protocol/index.js'
import { WarningLimit } from './observability/warning-limit.js'

export { quote } from './protocol/index.js'

/** Further properties of an error. */
export interface HubErrorDetails {
  /** The HTTP status with which a framework answers it during a handshake. @default the status of the code */
  readonly status?: number | undefined
  /** The side that has to change something. @default the fault of the code */
  readonly fault?: Fault | undefined
  /** The faults that a schema found in a payload. */
  readonly issues?: readonly Issue[] | undefined
  /** The error that caused this one. */
  readonly cause?: unknown
}

/**
 * An error of a hub, or one that a handler throws on purpose: `code` and `message` reach the client.
 * Every other error that a handler throws is answered as `internal`, without its message.
 * `instanceof HubError` also holds for errors of another installed copy of this package.
 */
export class HubError extends Error {
  /** A stable word for programs: `unauthorized`, `invalid_payload`, `room_full` … */
  readonly code: HubErrorCode | (string & Record<never, never>)
  /** The HTTP status for a handshake. */
  readonly status: number
  /** For frameworks that look for this name. */
  readonly statusCode: number
  /** The side that has to change something: `client` for its mistake, `app` for a bug, `infrastructure` for an outage. */
  readonly fault: Fault
  /** Whether frameworks may show the message to the client: true for a status below 500. */
  readonly expose: boolean
  /** The faults that a schema found in a payload; `undefined` for other errors. */
  readonly issues: readonly Issue[] | undefined

  /**
   * @param code a stable word for programs;
   * [errors](https://github.com/wshub/wshub/blob/main/docs/errors.md) lists those of wshub
   * @param message a human-readable sentence; default: the code
   * @param details status, fault, issues, cause. A code without a rule has status 400 and the fault `client`.
   */
  constructor(
    code: HubErrorCode | (string & Record<never, never>),
    message: string = code,
    details: HubErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    const rule = ruleOf(code)
    this.name = 'HubError'
    this.code = code
    this.status = details.status ?? rule.status
    this.statusCode = this.status
    this.fault = details.fault ?? (isKnown(code) ? rule.fault : faultOf(this.status))
    this.expose = this.status < 500
    this.issues = details.issues
  }

  static {
    brand(this, 'HubError')
  }

  /** Also true for an error of another copy of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== HubError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return isBranded(value, 'HubError')
  }
}

function faultOf(status: number): Fault {
  if (status < 500) return 'client'
  return status >= 502 && status <= 504 ? 'infrastructure' : 'app'
}

/** The error of a call that needs an open connection. */
export function closedError(): HubError {
  return new HubError('closed', 'The connection is closed.')
}

/** The error for an invalid payload. @param issues the faults in it */
export function invalidPayload(issues: readonly Issue[]): HubError {
  return new HubError('invalid_payload', 'The payload is not valid.', { issues })
}

/**
 * Where a failure occurred; `onError` gets it as `stage`: a hook (`open`, `leave`, `close`), a hook or a refused join
 * that was not awaited (`join`), a handler or what a client sent to it (`message`), a frame that breaks the protocol
 * (`receive`), a limit (`limit`), `revalidate.check` (`revalidate`), a handler of `hub.onServerMessage` (`server`), the
 * broker (`broker`).
 */
export type Stage =
  | 'open'
  | 'message'
  | 'join'
  | 'leave'
  | 'close'
  | 'receive'
  | 'limit'
  | 'revalidate'
  | 'server'
  | 'broker'

/** Handles a failure of an app without `onError`: a process warning, unless a mistake of the client caused it. */
export function warn(error: unknown, { stage }: { readonly stage: Stage }): void {
  // A client must not be able to fill the log with its own mistakes, and a HubError in a handler is an answer.
  if (stage === 'receive' || stage === 'limit' || (stage === 'message' && error instanceof HubError)) return
  if (stage === 'join' && error instanceof HubError)
    return warnOnce(
      `A join was refused (${error.code}), and nobody awaited it. Await join(), or handle the stage join in onError`,
      error,
    )
  const suppressed = warnings.admit(`${stage} ${placeOf(error)}`, performance.now())
  if (suppressed === undefined) return
  const rest = suppressed > 0 ? `; ${suppressed} of the same kind were not shown` : ''
  warnProcess(`A handler failed (${stage})${rest}`, error)
}

const warnings = new WarningLimit()

// Uses the line of code and not the message, which a client can influence.
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return `${error.name} ${/^\s+at .*$/m.exec(error.stack ?? '')?.[0] ?? ''}`
}

const warned = new Set<string>()

/** Warns about a kind of mistake once per process: a client that can repeat it must not fill the log. */
function warnOnce(what: string, error: unknown): void {
  if (warned.has(what)) return
  warned.add(what)
  warnProcess(what, error)
}

/** Emits a process warning about any error. All lines but the first are indented, so none can pass for another log entry. Never throws. */
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
