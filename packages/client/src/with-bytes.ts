import { WITH_BYTES } from '@wshub/core/protocol'
import { ClientError } from './errors.js'

/**
 * A payload and the bytes beside it: what a request resolves with if its reply has bytes, and what a handler returns to answer with
 * some. It is a class of the client's own, so that its types need no other package. `withBytes` of `@wshub/core` works as well.
 */
export class WithBytes<Payload = unknown> {
  readonly payload: Payload
  readonly bytes: Uint8Array

  /** @throws ClientError `invalid_bytes` if `bytes` are no bytes */
  constructor(payload: Payload, bytes: Uint8Array) {
    this.payload = payload
    this.bytes = checkedBytes(bytes)
  }

  /** @internal */
  get [WITH_BYTES](): true {
    return true
  }
}

/** A payload with bytes beside it, to be returned by a handler. @throws ClientError `invalid_bytes` if `bytes` are no bytes */
export function withBytes<Payload>(payload: Payload, bytes: Uint8Array): WithBytes<Payload> {
  return new WithBytes(payload, bytes)
}

/** @throws ClientError `invalid_bytes` if the value is no view of a buffer */
export function checkedBytes(bytes: Uint8Array): Uint8Array {
  if (ArrayBuffer.isView(bytes)) return bytes
  throw new ClientError('invalid_bytes')
}
