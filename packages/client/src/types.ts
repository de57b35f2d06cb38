import type { WithBytes } from './with-bytes.js'

/** The types of a client without a router: every name is allowed, and payloads are unknown. */
export interface Untyped {
  readonly routes: Record<string, { readonly payload: unknown; readonly reply: unknown; readonly streamed: unknown }>
  readonly events: Record<string, unknown>
  readonly asks: Record<string, { readonly payload: unknown; readonly reply: unknown }>
}

/** The types of a `Router` of the server as they cross the wire, or types that the app has written in this form. */
type Wire<Router> = 'types' extends keyof Router ? RouterWire<Router> : Router
type RouterWire<Router> = Router extends {
  readonly routes?: infer Routes
  readonly types?: (wire: infer Rest) => void
}
  ? Rest & { readonly routes?: Routes }
  : unknown

type Member<Router, Part extends keyof Untyped> =
  Wire<Router> extends { readonly [Key in Part]?: infer Table }
    ? unknown extends Table
      ? Untyped[Part]
      : NonNullable<Table>
    : Untyped[Part]

/** The requests to the server, by type: `payload` is what is sent, `reply` what arrives, `streamed` the values before it. */
export type RoutesOf<Router> = Member<Router, 'routes'>
/** The payloads of the server's events as they arrive, by type. */
export type EventsOf<Router> = Member<Router, 'events'>
/** The requests of the server, by type: `payload` is what arrives, `reply` what a handler returns. */
export type AsksOf<Router> = Member<Router, 'asks'>

/** The state of a user in a room with presence, as it arrives. */
export type PresenceOf<Router> =
  Wire<Router> extends { readonly presence?: infer PresenceState } ? PresenceState : unknown

export type Name<Table> = keyof Table & string
export type PayloadOf<Table, Type extends keyof Table> = Table[Type] extends { readonly payload: infer Payload }
  ? Payload
  : unknown
export type ReplyOf<Table, Type extends keyof Table> = Table[Type] extends { readonly reply: infer Reply }
  ? OwnBytes<Reply>
  : unknown

export type StreamedOf<Table, Type extends keyof Table> = Table[Type] extends { readonly streamed: infer Value }
  ? OwnBytes<Value>
  : unknown

/** The types whose reply is streamed. */
export type StreamName<Table> = {
  [Type in Name<Table>]: [StreamedOf<Table, Type>] extends [never] ? never : Type
}[Name<Table>]

/** The type of a value in the client: a value with bytes is a `WithBytes` of the client. */
export type OwnBytes<Value> = 0 extends 1 & Value
  ? Value
  : Value extends WithBytes<infer Payload>
    ? WithBytes<Payload>
    : Value

/** The payload that a listener of an event gets. */
export type EventPayload<Event> = 0 extends 1 & Event ? Event : Event extends WithBytes<infer Payload> ? Payload : Event

/** The member `bytes`, which is never `undefined` if an event or a request of the server is declared with bytes. */
export type Beside<Event> = 0 extends 1 & Event
  ? unknown
  : [Event] extends [WithBytes]
    ? { readonly bytes: Uint8Array }
    : unknown

/** The payload is optional if it may be `undefined` or is unknown. */
export type Arguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, options?: Options]
  : [payload: Payload, options?: Options]

/** A schema of any library that follows Standard Schema version 1 (standardschema.dev). */
export interface Schema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaOutcome | Promise<SchemaOutcome>
  }
}

/** The result of a schema for a value. */
export interface SchemaOutcome {
  readonly value?: unknown
  readonly issues?: readonly unknown[] | undefined
}
