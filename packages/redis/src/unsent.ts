import { type AppendFailure, HubError } from '@wshub/core'

/** The codes of replies with which Redis refuses a command, or a script before its first write. */
const REFUSED_UNWRITTEN: ReadonlySet<string> = new Set([
  'broker_readonly',
  'broker_full',
  'broker_misconfigured',
  'broker_loading',
])

/** Marks the error of a command that was not sent. */
export function unsent<Failure extends Error>(error: Failure): Failure & AppendFailure {
  return Object.assign(error, { kept: false as const })
}

/** The error of an append, marked if Redis has certainly not kept the message. */
export function withCertainty(error: unknown): unknown {
  return error instanceof HubError && REFUSED_UNWRITTEN.has(error.code) ? unsent(error) : error
}
