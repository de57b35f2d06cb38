import type { Jsonify, StreamedValue, StreamResult, WireValue } from '../protocol/index.js'

/**
 * What the router knows of a type, for typed clients: what they send and what they get back, both as JSON. A payload of which
 * JSON would make something that its schema refuses, such as a `Date` for `z.date()`, is `never`. `streamed` are the values before
 * the reply; `never` if the handler returns no async iterable.
 */
export interface RouteTypes<Payload, Reply> {
  readonly payload: Jsonify<Payload> extends Payload ? Payload : never
  readonly reply: WireValue<StreamResult<Awaited<Reply>>>
  readonly streamed: WireValue<StreamedValue<Awaited<Reply>>>
}
