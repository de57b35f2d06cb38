import { WITH_BYTES } from '@wshub/core/protocol'
import { ClientError } from './errors.js'

/**
 * A payload and the bytes beside it. A request resolves with one if its reply has bytes, and a handler returns one to answer with
 * bytes. The client has this class of its own so that its types need no other package. `withBytes` of `@wshub/core` works too.
 */
export class WithBytes<Payload = unknown> {
  readonly payload: Payload
  readonly bytes: Uint8Array

  /** @throws ClientError `invalid_bytes` if `bytes` is not a view of a buffer */
  constructor(payload: Payload, bytes: Uint8Array) {
    this.payload = payload
    this.bytes = checkedBytes(bytes)
  }

  /** @internal */
  get [WITH_BYTES](): true {
    return true
  }
}

/** A payload with bytes beside it, for a handler to return. @throws ClientError `invalid_bytes` if `bytes` is not a view of a buffer */
export function withBytes<Payload>(payload: Payload, bytes: Uint8Array): WithBytes<Payload> {
  return new WithBytes(payload, bytes)
}

/** @throws ClientError `invalid_bytes` if the value is not a view of a buffer */
export function checkedBytes(bytes: Uint8Array): Uint8Array {
  if (ArrayBuffer.isView(bytes)) return bytes
  throw new ClientError('invalid_bytes')
}
