import { kindOf } from '../util/option-rules.js'
import type { Connection } from './connection.js'
import { brand, notOwn } from '../util/package-copies.js'
import { HubError, quote } from '../errors.js'
import type { Hub } from './hub.js'
import type { HubTypes, WireTypes } from './hub-types.js'
import type { RouteTypes } from './route-types.js'
import { isReserved } from '../protocol/index.js'
import {
  type InputOf,
  isSchema,
  type OutputOf,
  type Schema,
  schemaLast,
  schemaOf,
  validate,
} from '../messages/schema.js'
import { isAsyncIterable } from '../util/async-iterable.js'
import { ReplySource } from '../messages/reply-source.js'
import { isThenable } from '../util/thenable.js'

/** The argument of handlers and middleware. `Types` are the types of the hub. */
export interface Context<Payload = unknown, Types extends HubTypes = HubTypes> {
  readonly connection: Connection<Types>
  readonly hub: Hub<Types>
  /** The type of the message as the client sent it, with the prefix of a merged router. */
  readonly type: string
  /** In a handler with a schema: the output of the schema. Otherwise what the client sent. */
  payload: Payload
  /**
   * The bytes that the client sent beside the payload; `undefined` if it sent none. A view of the frame, which is not copied:
   * copy a part that you keep for long.
   */
  readonly bytes: Buffer | undefined
  /** The id of the request; `undefined` if the client expects no answer. */
  readonly id: string | number | undefined
  /** The random id that the client gave the request, if any. The app can recognise a repeated request by it. */
  readonly key: string | undefined
  /**
   * Aborted if the client cancels the request, the handler or a value of its stream takes longer than
   * `limits.handlerTimeout`, or the connection closes before the handler has settled. For work that continues after the
   * handler, use `connection.signal`.
   */
  readonly signal: AbortSignal
  /** The return value of the handler, which becomes the payload of the reply. Middleware may change it after `next()`. */
  reply: unknown
}

/**
 * Handles one type of message. Its return value is the payload of the reply. If it throws a `HubError`, the client gets its code
 * and message; for any other error it gets `internal`. An async iterable, such as an async generator, is sent value by value, and
 * its own return value is the reply.
 */
export type Handler<Payload = unknown, Reply = unknown, Types extends HubTypes = HubTypes> = (
  context: Context<Payload, Types>,
) => Reply | Promise<Reply>

/**
 * Runs around every handler of its router, the first middleware outermost. `next()` runs the inner ones and the handler. Without
 * `next()` the handler does not run, and `context.reply` is the reply.
 */
export type Middleware<Types extends HubTypes = HubTypes> = (
  context: Context<unknown, Types>,
  next: () => Promise<void>,
) => void | Promise<void>

/** A router that serves hubs of these types. Its own types may have less: data with fewer members, fewer events or requests. */
export interface RouterFor<Types extends HubTypes, Table extends object = object> {
  /** Carries the types of the routes; never set. */
  readonly routes?: Table
  /** Carries the types of events and asks as clients get them; never set. */
  readonly types?: (wire: WireTypes<Types>) => void
  /** Runs a message through middleware and handler. @returns the reply or a promise of it */
  dispatch(context: Context<unknown, Types>): unknown
  /** Whether a type has a handler. `hub.stats().types` lists only such types by name. @default no type has one */
  has?(type: string): boolean
}

type Run<Types extends HubTypes> = (context: Context<unknown, Types>) => unknown
type Prefixed<Prefix extends string, Table> = { [Type in keyof Table & string as `${Prefix}${Type}`]: Table[Type] }

/**
 * Handlers of typed messages, by type. `Types` is `{ data, events, asks }` of the hubs that use the router: the data of a
 * connection, the events that the server emits, and the requests that it sends to clients. `Table` collects the routes of `handle`
 * and `merge`. Do not write it: TypeScript infers it, and `Client<typeof router>` takes requests and replies from it.
 */
export class Router<
  Types extends HubTypes = HubTypes,
  // A table without routes, to which `handle` and `merge` add; it does not mean "anything".
  // oxlint-disable-next-line typescript/ban-types
  Table extends object = {},
> {
  /** Carries the types of the routes; never set. */
  declare readonly routes?: Table
  /** Carries the types of events and asks as clients get them; never set. */
  declare readonly types?: (wire: WireTypes<Types>) => void
  readonly #handlers = new Map<string, Run<Types>>()
  readonly #middleware: Middleware<Types>[] = []
  readonly #merged: { readonly prefix: string; readonly router: Router<Types, object> }[] = []
  #fallback: Run<Types> | undefined

  static {
    brand(this, 'Router')
  }

  /** Adds a middleware around every handler of this router, including those that were registered before. @throws TypeError */
  use(middleware: Middleware<Types>): this {
    assertFunction('use', middleware)
    this.#middleware.push(middleware)
    return this
  }

  /**
   * Registers the handler of a type. The payload is not checked. Chain the calls, because only the type of the
   * returned router has this route.
   * @throws TypeError if the type has a handler, belongs to the protocol or is not a string, or the handler is not a function
   */
  handle<Type extends string, Reply>(
    type: Type,
    handler: Handler<unknown, Reply, Types>,
  ): Router<Types, Table & { [Name in Type]: RouteTypes<unknown, Reply> }>
  /**
   * Registers the handler of a type with a schema for its payload: of zod, valibot, arktype or any other library with Standard
   * Schema. The handler gets the output of the schema. An invalid payload is answered `invalid_payload`.
   * @param schema the schema, or `{ payload: schema }`
   */
  handle<Type extends string, Payload extends Schema, Reply>(
    type: Type,
    schema: Payload | { readonly payload: Payload },
    handler: Handler<OutputOf<Payload>, Reply, Types>,
  ): Router<Types, Table & { [Name in Type]: RouteTypes<InputOf<Payload>, Reply> }>
  handle(type: string, ...rest: unknown[]): unknown {
    const handler = rest.at(-1) as Run<Types>
    this.#assertFree(type)
    if (isSchema(handler) && rest.length > 1) throw schemaLast(type)
    assertFunction('handle', handler)
    const schema = rest.length > 1 ? schemaOf(type, rest[0]) : undefined
    this.#handlers.set(type, schema ? validating(schema, handler) : handler)
    return this
  }

  /**
   * Adds the handlers of another router, with a prefix before their types. They keep the middleware and the fallback of that
   * router. Handlers that it gets later are added too.
   * @throws TypeError if a type has a handler already, or `router` is not a Router
   */
  merge<Prefix extends string, Other extends object>(
    prefix: Prefix,
    router: RouterFor<Types, Other>,
  ): Router<Types, Table & Prefixed<Prefix, Other>> {
    if (!(router instanceof Router)) throw notOwn(router, 'Router', 'merge() takes a prefix and a Router.')
    for (const type of router.#types()) this.#assertFree(prefix + type)
    this.#merged.push({ prefix, router })
    return this as unknown as Router<Types, Table & Prefixed<Prefix, Other>>
  }

  /** Handles every type without a handler. @default the client gets `unknown_type` @throws TypeError */
  fallback(handler: Handler<unknown, unknown, Types>): this {
    assertFunction('fallback', handler)
    this.#fallback = handler
    return this
  }

  /** Runs a message through middleware and handler. @returns the reply or a promise of it */
  dispatch(context: Context<unknown, Types>): unknown {
    return this.#run(context.type, context)
  }

  /** Whether a handler is registered for a type, here or in a merged router. */
  has(type: string): boolean {
    return (
      this.#handlers.has(type) ||
      this.#merged.some(({ prefix, router }) => type.startsWith(prefix) && router.has(type.slice(prefix.length)))
    )
  }

  #run(type: string, context: Context<unknown, Types>): unknown {
    const run = this.#find(type) ?? unknownType
    return this.#middleware.length === 0 ? run(context) : this.#onion(run, context)
  }

  #find(type: string): Run<Types> | undefined {
    return this.#handlers.get(type) ?? this.#findMerged(type) ?? this.#fallback
  }

  #findMerged(type: string): Run<Types> | undefined {
    for (const { prefix, router } of this.#merged) {
      const rest = type.slice(prefix.length)
      if (type.startsWith(prefix) && router.#find(rest)) return (context) => router.#run(rest, context)
    }
    return undefined
  }

  /** Every type that has a handler here or in a merged router. */
  #types(): string[] {
    const merged = this.#merged.flatMap(({ prefix, router }) => router.#types().map((type) => prefix + type))
    return [...this.#handlers.keys(), ...merged]
  }

  async #onion(run: Run<Types>, context: Context<unknown, Types>): Promise<unknown> {
    const layers = this.#middleware
    let reached = -1
    const enter = async (index: number): Promise<void> => {
      if (index <= reached) throw new Error('A middleware called next() more than once.')
      reached = index
      const layer = layers[index]
      if (layer) await layer(context, () => enter(index + 1))
      else context.reply = await run(context)
      context.reply = inThisContext(context.reply)
    }
    await enter(0)
    return context.reply
  }

  #assertFree(type: unknown): asserts type is string {
    if (typeof type !== 'string' || type === '')
      throw new TypeError('The type of a message must be a non-empty string.')
    if (isReserved(type)) throw new TypeError(`The message type ${quote(type)} belongs to the protocol.`)
    if (this.#types().includes(type)) throw new TypeError(`The message type ${quote(type)} has a handler already.`)
  }
}

/** Makes the values of a streamed reply run in the async context of the layer that returned it. */
function inThisContext(reply: unknown): unknown {
  return isAsyncIterable(reply) ? ReplySource.of(reply) : reply
}

function validating<Types extends HubTypes>(schema: Schema, run: Run<Types>): Run<Types> {
  return (context) => {
    const payload = validate(schema, context.payload)
    if (isThenable(payload)) return payload.then((value) => run(Object.assign(context, { payload: value })))
    context.payload = payload
    return run(context)
  }
}

function unknownType({ type }: { readonly type: string }): never {
  throw new HubError('unknown_type', `There is no handler for ${quote(type)}.`)
}

function assertFunction(method: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${method}() needs a function, not ${kindOf(value)}.`)
}
