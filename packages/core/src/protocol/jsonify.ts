/**
 * The type of a value after `JSON.stringify` and `JSON.parse`: what the other side gets. A `Date` becomes a string, members
 * that JSON leaves out are missing, and `bigint`, which JSON refuses, becomes `never`. A type that is plain JSON stays the same.
 */
export type Jsonify<Value> = 0 extends 1 & Value
  ? Value // any
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends bigint
      ? never
      : Value extends void | symbol | AnyFunction
        ? undefined
        : Value extends { toJSON(...args: never): infer Json }
          ? Jsonify<Json>
          : Value extends readonly unknown[]
            ? JsonArray<Value>
            : Value extends EmptyInJson
              ? Record<string, never>
              : Value extends object
                ? { [Key in keyof Value as JsonKey<Key, Value[Key]>]: Jsonify<Value[Key]> }
                : Value

/** Each member of a table of payloads as the other side gets it. */
export type JsonifyMembers<Table> = { [Key in keyof Table]: Jsonify<Table[Key]> }

type AnyFunction = (...args: never) => unknown

/** The contents of these are no properties: in JSON they are `{}`. */
type EmptyInJson = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | RegExp | Promise<unknown>

// An array is not mapped like an object: TypeScript would resolve its members at once, and never end with a recursive type of JSON values.
type JsonArray<Value extends readonly unknown[]> = number extends Value['length']
  ? Value extends readonly [unknown, ...unknown[]] | readonly [...unknown[], unknown]
    ? JsonTuple<Value>
    : Value extends unknown[]
      ? JsonItem<Value[number]>[]
      : readonly JsonItem<Value[number]>[]
  : JsonTuple<Value>

type JsonTuple<Value extends readonly unknown[]> = { [Index in keyof Value]: JsonItem<Value[Index]> }
type JsonItem<Value> = Value extends undefined | symbol | AnyFunction ? null : Jsonify<Value>
type JsonKey<Key, Value> = Key extends symbol ? never : Value extends symbol | AnyFunction ? never : Key
