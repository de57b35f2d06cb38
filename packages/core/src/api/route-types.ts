import type { Jsonify, StreamedValue, StreamResult, WireValue } from '../protocol/index.js'

/**
 * The types of a route, for typed clients: the payload that they send and the reply that they get, both as JSON. `payload` is
 * `never` if its schema refuses the JSON form of a payload: `z.date()` refuses the string that JSON makes of a `Date`. `streamed`
 * is the type of the values before the reply; `never` if the handler returns no async iterable.
 */
export interface RouteTypes<Payload, Reply> {
  readonly payload: Jsonify<Payload> extends Payload ? Payload : never
  readonly reply: WireValue<StreamResult<Awaited<Reply>>>
  readonly streamed: WireValue<StreamedValue<Awaited<Reply>>>
}
