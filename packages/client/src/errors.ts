import type { Fault } from './machine/state.js'

/**
 * An error of the client, or an error answer of the server.
 * [Errors](https://github.com/wshub/wshub/blob/main/docs/errors.md) explains the codes.
 */
export class ClientError extends Error {
  /** A stable code for programs: `timeout`, `connection_lost`, `closed`, or a code of the server. */
  readonly code: string
  /** The issues that a schema reported. */
  readonly issues: readonly unknown[] | undefined

  constructor(code: string, { message = code, issues, cause }: ClientErrorDetails = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'ClientError'
    this.code = code
    this.issues = issues
  }
}

/** Further properties of a {@link ClientError}. */
export interface ClientErrorDetails {
  readonly message?: string | undefined
  readonly issues?: readonly unknown[] | undefined
  readonly cause?: unknown
}

/** @param signal the signal of the request; if it was aborted, its reason becomes the `cause` of the error */
export function faultError(fault: Fault, signal?: AbortSignal): ClientError {
  return new ClientError(fault.code, { ...fault, cause: signal?.reason })
}
