import type { RequestOptions } from '../connection/request-options.js'
import type { Jsonify, JsonifyMembers } from '../protocol/index.js'

/**
 * The types of a hub: the one type parameter of `Router`, `Hub`, `Connection` and everything that belongs to them. Each member
 * may be left out.
 */
export interface HubTypes {
  /** What `connection.data` holds: `describe` of `upgrade()` returns it. @default unknown */
  readonly data?: unknown
  /**
   * What the server emits: the payload of each event, by the event's type. A payload that may be `undefined` may be left out.
   * @default every type, with any payload
   */
  readonly events?: object
  /**
   * What the server asks clients with `request()`: an {@link Ask} for each type.
   * @default every type, with any payload and an unknown reply
   */
  readonly asks?: object
}

/** A request of the server to a client. */
export interface Ask {
  /** What the server sends. @default nothing */
  readonly payload?: unknown
  /** What a handler of the client returns. @default unknown */
  readonly reply?: unknown
}

/** What a connection holds. */
export type DataOf<Types extends HubTypes> = Types extends { readonly data: infer Data } ? Data : unknown

/** The payloads of the events that the server emits, by type. */
export type EventsOf<Types extends HubTypes> = Types extends { readonly events: infer Events extends object }
  ? Events
  : Record<string, unknown>

/** The requests of the server to its clients, by type. */
export type AsksOf<Types extends HubTypes> = Types extends { readonly asks: infer Asks extends object }
  ? Asks
  : Record<string, { readonly payload: unknown; readonly reply: unknown }>

/** A name that a table has. */
export type NameIn<Table> = keyof Table & string

/** The arguments of `emit` after the type: the payload, which may be left out if it may be undefined. */
export type EventArguments<Events, Type extends keyof Events> = undefined extends Events[Type]
  ? [payload?: Events[Type]]
  : [payload: Events[Type]]

type PayloadOfAsk<Asked> = Asked extends { readonly payload: infer Payload } ? Payload : undefined

/** The arguments of `request` after the type. The payload may be left out if it may be undefined. */
export type AskArguments<Asks, Type extends keyof Asks> =
  undefined extends PayloadOfAsk<Asks[Type]>
    ? [payload?: PayloadOfAsk<Asks[Type]>, options?: RequestOptions]
    : [payload: PayloadOfAsk<Asks[Type]>, options?: RequestOptions]

/** What the server gets of the reply of a client. */
export type ReplyTo<Asks, Type extends keyof Asks> = Asks[Type] extends { readonly reply: infer Reply }
  ? Jsonify<Reply>
  : unknown

/** What a client gets of a hub: its events, and the requests that it answers. `unknown` if the hub does not name them. */
export interface WireTypes<Types extends HubTypes> {
  readonly events: Types extends { readonly events: infer Events } ? JsonifyMembers<Events> : unknown
  readonly asks: Types extends { readonly asks: infer Asks } ? AsksInJson<Asks> : unknown
}

type AsksInJson<Asks> = {
  [Type in keyof Asks]: {
    readonly payload: Jsonify<PayloadOfAsk<Asks[Type]>>
    readonly reply: Asks[Type] extends { readonly reply: infer Reply } ? Reply : unknown
  }
}
