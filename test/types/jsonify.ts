import type { Jsonify } from '@wshub/core/protocol'
import { same } from './equal.js'

// The types of values after their way through JSON.

same<Jsonify<Date | null>, string | null>(true)
same<Jsonify<void>, undefined>(true)
same<Jsonify<bigint>, never>(true)
same<Jsonify<unknown>, unknown>(true)
// oxlint-disable-next-line typescript/no-explicit-any -- What is not typed stays so.
same<Jsonify<{ a: any }>, { a: any }>(true)
same<Jsonify<Buffer>, { type: 'Buffer'; data: number[] }>(true)
same<Jsonify<Map<string, number> | Set<string>>, Record<string, never>>(true)

interface Order {
  readonly id: number
  at: Date
  paid?: Date
  note: string | undefined
  total(): number
  [Symbol.iterator]: number
  readonly lines: readonly { readonly due: Date }[]
  pair: [Date, undefined, () => void]
  byDay: Record<string, Date>
}
same<
  Jsonify<Order>,
  {
    readonly id: number
    at: string
    paid?: string
    note: string | undefined
    readonly lines: readonly { readonly due: string }[]
    pair: [string, null, null]
    byDay: Record<string, string>
  }
>(true)

class Money {
  readonly #cents = 5
  constructor(readonly currency: string) {}
  get euros(): number {
    return this.#cents / 100
  }
  toJSON(): { readonly since: Date } {
    return { since: new Date(this.euros) }
  }
}
same<Jsonify<Money>, { readonly since: string }>(true)

// A type that is plain JSON stays the same, in both directions, under exactOptionalPropertyTypes too.
interface Person {
  readonly name: string
  nick?: string
  friends: Person[]
  mood: 'good' | 'bad' | null
}
declare const arrived: Jsonify<Person>
export const person: Person = arrived
export const again: Jsonify<Person> = person

// Types that contain themselves end.
type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
declare const json: Jsonify<Json>
export const text: Json = json
interface Tree {
  readonly at: Date
  readonly up?: Tree
  readonly children: Tree[]
}
declare const tree: Jsonify<Tree>
export const at: string | undefined = tree.children[0]?.up?.at
