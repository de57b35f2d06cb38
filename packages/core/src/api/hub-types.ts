import type { EmitOptions } from '../broadcast/emission.js'
import type { RequestOptions } from '../connection/request-options.js'
import type { Jsonify, WireValue, WireValues, WithBytes } from '../protocol/index.js'

/**
 * The types of a hub. `Router`, `Hub`, `Connection` and everything that belongs to them take it as their only type parameter. Each
 * member may be left out.
 */
export interface HubTypes {
  /** The type of `connection.data`, which `describe` of `upgrade()` returns. @default unknown */
  readonly data?: unknown
  /**
   * The events that the server emits: the payload of each event, by the event's type. A payload that may be `undefined` may be left out;
   * one that is `WithBytes<Payload>` needs `bytes`.
   * @default every type, with any payload
   */
  readonly events?: object
  /**
   * The requests that the server sends to clients with `request()`: an {@link Ask} for each type.
   * @default every type, with any payload and an unknown reply
   */
  readonly asks?: object
  /** The presence state of a user, which `describe` and `connection.setPresence` set. @default unknown */
  readonly presence?: unknown
}

/** A request of the server to a client. */
export interface Ask {
  /** What the server sends. @default nothing */
  readonly payload?: unknown
  /** What a handler of the client returns. @default unknown */
  readonly reply?: unknown
}

/** The type of `connection.data`. */
export type DataOf<Types extends HubTypes> = Types extends { readonly data: infer Data } ? Data : unknown

/** The payloads of the events that the server emits, by type. */
export type EventsOf<Types extends HubTypes> = Types extends { readonly events: infer Events extends object }
  ? Events
  : Record<string, unknown>

/** The requests of the server to its clients, by type. */
export type AsksOf<Types extends HubTypes> = Types extends { readonly asks: infer Asks extends object }
  ? Asks
  : Record<string, { readonly payload: unknown; readonly reply: unknown }>

/** The presence state of a user. */
export type PresenceOf<Types extends HubTypes> = Types extends { readonly presence: infer State } ? State : unknown

/** The names of a table. */
export type NameIn<Table> = keyof Table & string

/** Options in which `bytes` is required, for a payload with bytes. */
type NeedsBytes<Options> = Options & { readonly bytes: Uint8Array }

/** A payload and the options after it. The payload may be left out if it may be undefined. */
type Arguments<Payload, Options> = 0 extends 1 & Payload
  ? [payload?: Payload, options?: Options] // any
  : [Payload] extends [WithBytes<infer Beside>]
    ? [payload: Beside, options: NeedsBytes<Options>]
    : undefined extends Payload
      ? [payload?: Payload, options?: Options]
      : [payload: Payload, options?: Options]

/** The arguments of `history.append` after the type. Histories keep no bytes. */
export type AppendArguments<Events, Type extends keyof Events> = Arguments<Events[Type], undefined>

/** The arguments of `emit` after the type: the payload, which may be left out if it may be undefined, and options. */
export type EventArguments<Events, Type extends keyof Events> = Arguments<Events[Type], EmitOptions>

type PayloadOfAsk<Asked> = Asked extends { readonly payload: infer Payload } ? Payload : undefined

/** The arguments of `request` after the type. The payload may be left out if it may be undefined. */
export type AskArguments<Asks, Type extends keyof Asks, Options = RequestOptions> = Arguments<
  PayloadOfAsk<Asks[Type]>,
  Options
>

/** The reply of a client as the server gets it. */
export type ReplyTo<Asks, Type extends keyof Asks> = Asks[Type] extends { readonly reply: infer Reply }
  ? WireValue<Reply>
  : unknown

/**
 * The types of a hub as clients get them, after JSON: the events, the requests that clients answer, and the presence state of a
 * user. A member is `unknown` if the hub does not name it.
 */
export interface WireTypes<Types extends HubTypes> {
  readonly events: Types extends { readonly events: infer Events } ? WireValues<Events> : unknown
  readonly asks: Types extends { readonly asks: infer Asks } ? AsksInJson<Asks> : unknown
  readonly presence: Jsonify<PresenceOf<Types>>
}

type AsksInJson<Asks> = {
  [Type in keyof Asks]: {
    readonly payload: WireValue<PayloadOfAsk<Asks[Type]>>
    readonly reply: Asks[Type] extends { readonly reply: infer Reply } ? Reply : unknown
  }
}
