import type { EmitOptions } from '../broadcast/emission.js'
import type { RequestOptions } from '../connection/request-options.js'
import type { Jsonify, WireValue, WireValues, WithBytes } from '../protocol/index.js'

/**
 * The types of a hub: the one type parameter of `Router`, `Hub`, `Connection` and everything that belongs to them. Each member
 * may be left out.
 */
export interface HubTypes {
  /** What `connection.data` holds: `describe` of `upgrade()` returns it. @default unknown */
  readonly data?: unknown
  /**
   * What the server emits: the payload of each event, by the event's type. A payload that may be `undefined` may be left out;
   * one that is `WithBytes<Payload>` needs `bytes`.
   * @default every type, with any payload
   */
  readonly events?: object
  /**
   * What the server asks clients with `request()`: an {@link Ask} for each type.
   * @default every type, with any payload and an unknown reply
   */
  readonly asks?: object
  /** What members of rooms with presence see of a user: `describe` and `connection.setPresence` set it. @default unknown */
  readonly presence?: unknown
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

/** The presence state of a user. */
export type PresenceOf<Types extends HubTypes> = Types extends { readonly presence: infer State } ? State : unknown

/** A name that a table has. */
export type NameIn<Table> = keyof Table & string

/** The options with the bytes that a payload of this kind needs. */
type NeedsBytes<Options> = Options & { readonly bytes: Uint8Array }

/** A payload and the options behind it. The payload may be left out if it may be undefined. */
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

/** What the server gets of the reply of a client. */
export type ReplyTo<Asks, Type extends keyof Asks> = Asks[Type] extends { readonly reply: infer Reply }
  ? WireValue<Reply>
  : unknown

/**
 * What a client gets of a hub: its events, the requests that it answers, and what it sees of a user. `unknown` if the hub does
 * not name them.
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
