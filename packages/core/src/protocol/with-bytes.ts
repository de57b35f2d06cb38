import type { Jsonify } from './jsonify.js'

/** Marks `WithBytes` of core, of a second copy of core and of the client: all may meet in one process. */
export const WITH_BYTES: unique symbol = Symbol.for('@wshub/core.WithBytes')

/**
 * A payload and the bytes beside it in one frame. A handler returns it to answer with both, and a request resolves with
 * it if the answer has both. In the types of a hub it marks an event, a request or a reply that has bytes.
 */
export class WithBytes<Payload = unknown> {
  readonly payload: Payload
  readonly bytes: Uint8Array

  /** @throws TypeError if `bytes` is no view of a buffer, such as a `Uint8Array` */
  constructor(payload: Payload, bytes: Uint8Array) {
    this.payload = payload
    this.bytes = assertBytes(bytes)
  }

  /** @internal */
  get [WITH_BYTES](): true {
    return true
  }
}

/** Makes a payload with bytes beside it, for a handler to return. @throws TypeError if `bytes` is no view of a buffer */
export function withBytes<Payload>(payload: Payload, bytes: Uint8Array): WithBytes<Payload> {
  return new WithBytes(payload, bytes)
}

/** Whether a value is a payload with bytes beside it. */
export function isWithBytes(value: unknown): value is WithBytes {
  return typeof value === 'object' && value !== null && WITH_BYTES in value
}

/** @throws TypeError if the value is no `Uint8Array` or another view of a buffer */
export function assertBytes(bytes: Uint8Array): Uint8Array {
  if (ArrayBuffer.isView(bytes)) return bytes
  throw new TypeError(`Bytes must be a Uint8Array, such as a Buffer, not ${bytes === null ? 'null' : typeof bytes}.`)
}

/** The type of a value as the other side gets it; the value may have bytes beside it. */
export type WireValue<Value> = 0 extends 1 & Value
  ? Value // any
  : Value extends WithBytes<infer Payload>
    ? WithBytes<Jsonify<Payload>>
    : Jsonify<Value>

/** Each member of a table of payloads as the other side gets it. */
export type WireValues<Table> = { [Key in keyof Table]: WireValue<Table[Key]> }
