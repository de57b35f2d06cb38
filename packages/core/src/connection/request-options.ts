/** Options of a request to clients. */
export interface RequestOptions {
  /** Milliseconds to wait for the answer; default 10,000. */
  readonly timeout?: number | undefined
}

/** Options of a request to one client. */
export interface AskOptions extends RequestOptions {
  /** Bytes that travel beside the payload, in one binary frame. They are copied. The hub needs a router. */
  readonly bytes?: Uint8Array | undefined
}

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

/** The time that a request may take, in ms; 10,000 if none is given. @throws TypeError if it is not a number above 0 */
export function assertTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return DEFAULT_REQUEST_TIMEOUT_MS
  if (typeof timeout === 'number' && timeout > 0) return timeout
  throw new TypeError(`The option timeout must be a number above 0 (ms), not ${String(timeout)}.`)
}

/** @throws TypeError for bytes beside a request that goes to many clients */
export function assertNoBytes(options: AskOptions | undefined): void {
  if (options?.bytes === undefined) return
  throw new TypeError('A request to an audience sends no bytes. Ask one connection, or emit them before.')
}
