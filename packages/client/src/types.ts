/** A client without a router type: every name, and unknown values. */
export interface Untyped {
  readonly routes: Record<string, { readonly payload: unknown; readonly reply: unknown }>
  readonly events: Record<string, unknown>
  readonly asks: Record<string, { readonly payload: unknown; readonly reply: unknown }>
}

type Member<Router, Part extends keyof Untyped> = Router extends { readonly [Key in Part]?: infer Table }
  ? unknown extends Table
    ? Untyped[Part]
    : NonNullable<Table>
  : Untyped[Part]

/** The requests of a client to the server. */
export type RoutesOf<Router> = Member<Router, 'routes'>
/** The events of the server. */
export type EventsOf<Router> = Member<Router, 'events'>
/** The requests of the server to the client. */
export type AsksOf<Router> = Member<Router, 'asks'>

export type Name<Table> = keyof Table & string
export type PayloadOf<Table, Type extends keyof Table> = Table[Type] extends { readonly payload: infer Payload }
  ? Payload
  : unknown
export type ReplyOf<Table, Type extends keyof Table> = Table[Type] extends { readonly reply: infer Reply }
  ? Jsonify<Reply>
  : unknown

/** The answer of a handler of the client. */
export type AnswerOf<Table, Type extends keyof Table> = Table[Type] extends { readonly reply: infer Reply }
  ? Reply
  : unknown

/** The payload is optional if it may be `undefined` or is unknown. */
export type Arguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, options?: Options]
  : [payload: Payload, options?: Options]

/** The type of a value after `JSON.stringify` and `JSON.parse`. */
export type Jsonify<Value> = Value extends { toJSON(): infer Json }
  ? Jsonify<Json>
  : Value extends string | number | boolean | null
    ? Value
    : Value extends bigint
      ? never
      : Value extends symbol | undefined | ((...args: never) => unknown)
        ? undefined
        : Value extends readonly unknown[]
          ? { [Index in keyof Value]: JsonItem<Value[Index]> }
          : Value extends object
            ? { [Key in keyof Value as JsonKey<Key, Value[Key]>]: Jsonify<Value[Key]> }
            : Value

type JsonItem<Value> = Value extends undefined | symbol | ((...args: never) => unknown) ? null : Jsonify<Value>
type JsonKey<Key, Value> = Key extends symbol
  ? never
  : Value extends symbol | ((...args: never) => unknown)
    ? never
    : Key

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
