import { kindOf } from '../util/option-rules.js'
import type { Connection } from './connection.js'
import { brand, notOwn } from '../util/package-copies.js'
import { HubError, quote } from '../errors.js'
import type { Hub } from './hub.js'
import { isReserved } from '../protocol/index.js'
import { type InputOf, type OutputOf, type Schema, validate } from '../messages/schema.js'
import { isThenable } from '../util/thenable.js'

/** What a handler or a middleware gets. */
export interface Context<Payload = unknown, Data = unknown, Events extends object = Record<string, unknown>> {
  readonly connection: Connection<Data, Events>
  readonly hub: Hub<Data, Events>
  /** The message's type as the client sent it, prefix included. */
  readonly type: string
  /** For handlers: what the schema made of it. For middleware: what the client sent. */
  payload: Payload
  /** Set if the client wants an answer. */
  readonly id: string | number | undefined
  /** The random id that the client gave the request, if any: the app may recognise a repeated request by it. */
  readonly key: string | undefined
  /**
   * Aborted when the connection has closed. For a request, or with `limits.handlerTimeout`: aborted if the client cancels
   * it, its time is up or the connection closes before the handler has settled; `connection.signal` is for work that goes
   * on afterwards.
   */
  readonly signal: AbortSignal
  /** What the handler returned; becomes the payload of the reply. Middleware may change it after `next()`. */
  reply: unknown
}

/** Handles one type of message. What it returns is the reply; what it throws is the error reply. */
export type Handler<Payload, Reply, Data, Events extends object> = (
  context: Context<Payload, Data, Events>,
) => Reply | Promise<Reply>

/** Runs around every handler of its router, the first one outermost; `next()` runs what is inside. */
export type Middleware<Data, Events extends object> = (
  context: Context<unknown, Data, Events>,
  next: () => Promise<void>,
) => void | Promise<void>

/** What the router knows of a type, for typed clients: what is sent and what comes back. */
export type Routes = Record<string, { readonly payload: unknown; readonly reply: unknown }>

type Run<Data, Events extends object> = (context: Context<unknown, Data, Events>) => unknown
type Prefixed<Prefix extends string, Table> = { [Type in keyof Table & string as `${Prefix}${Type}`]: Table[Type] }

/**
 * Typed messages: which handler takes which type. `Data` and `Events` are those of the hub; the third parameter collects
 * what `handle` is told, so that a client can be typed from the router.
 */
export class Router<
  Data = unknown,
  Events extends object = Record<string, unknown>,
  // The empty object is the start of the collection, not "anything".
  // oxlint-disable-next-line typescript/ban-types
  Table extends object = {},
> {
  /** Carries the types of the routes; never set. */
  declare readonly routes?: Table
  /** Carries the types of the events; never set. */
  declare readonly events?: Events
  readonly #handlers = new Map<string, Run<Data, Events>>()
  readonly #middleware: Middleware<Data, Events>[] = []
  readonly #merged: { readonly prefix: string; readonly router: Router<Data, Events, object> }[] = []
  #fallback: Run<Data, Events> | undefined

  static {
    brand(this, 'Router')
  }

  /** Adds a middleware around every handler of this router, registered before or after. */
  use(middleware: Middleware<Data, Events>): this {
    assertFunction('use', middleware)
    this.#middleware.push(middleware)
    return this
  }

  /**
   * Registers the handler of a type.
   * @throws TypeError if the type is taken, reserved or no string, or the handler is no function
   */
  handle<Type extends string, Reply>(
    type: Type,
    handler: Handler<unknown, Reply, Data, Events>,
  ): Router<Data, Events, Table & { [Name in Type]: { payload: unknown; reply: Awaited<Reply> } }>
  /** Registers the handler of a type whose payload a schema checks first. The schema may be given as `{ payload: schema }`. */
  handle<Type extends string, Payload extends Schema, Reply>(
    type: Type,
    schema: Payload | { readonly payload: Payload },
    handler: Handler<OutputOf<Payload>, Reply, Data, Events>,
  ): Router<Data, Events, Table & { [Name in Type]: { payload: InputOf<Payload>; reply: Awaited<Reply> } }>
  handle(type: string, ...rest: unknown[]): unknown {
    const handler = rest.at(-1) as Run<Data, Events>
    this.#assertFree(type)
    assertFunction('handle', handler)
    const schema = rest.length > 1 ? schemaOf(type, rest[0]) : undefined
    this.#handlers.set(type, schema ? validating(schema, handler) : handler)
    return this
  }

  /**
   * Takes over the handlers of another router, each with the prefix before its type. The other's middleware and
   * fallback stay around them.
   */
  merge<Prefix extends string, Other extends object>(
    prefix: Prefix,
    router: Router<Data, Events, Other>,
  ): Router<Data, Events, Table & Prefixed<Prefix, Other>> {
    if (!(router instanceof Router)) throw notOwn(router, 'Router', 'merge() takes a prefix and a Router.')
    for (const type of router.#types()) this.#assertFree(prefix + type)
    this.#merged.push({ prefix, router })
    return this as unknown as Router<Data, Events, Table & Prefixed<Prefix, Other>>
  }

  /** Handles every type without a handler of its own. @default an error reply `unknown_type` */
  fallback(handler: Handler<unknown, unknown, Data, Events>): this {
    assertFunction('fallback', handler)
    this.#fallback = handler
    return this
  }

  /** Runs a message through middleware and handler. @returns the reply, or a promise of it where one of them made one */
  dispatch(context: Context<unknown, Data, Events>): unknown {
    return this.#run(context.type, context)
  }

  #run(type: string, context: Context<unknown, Data, Events>): unknown {
    const run = this.#find(type) ?? unknownType
    return this.#middleware.length === 0 ? run(context) : this.#onion(run, context)
  }

  #find(type: string): Run<Data, Events> | undefined {
    return this.#handlers.get(type) ?? this.#findMerged(type) ?? this.#fallback
  }

  #findMerged(type: string): Run<Data, Events> | undefined {
    for (const { prefix, router } of this.#merged) {
      const rest = type.slice(prefix.length)
      if (type.startsWith(prefix) && router.#find(rest)) return (context) => router.#run(rest, context)
    }
    return undefined
  }

  /** Every type that has a handler here or in what was merged. */
  #types(): string[] {
    const merged = this.#merged.flatMap(({ prefix, router }) => router.#types().map((type) => prefix + type))
    return [...this.#handlers.keys(), ...merged]
  }

  async #onion(run: Run<Data, Events>, context: Context<unknown, Data, Events>): Promise<unknown> {
    const layers = this.#middleware
    let reached = -1
    const enter = async (index: number): Promise<void> => {
      if (index <= reached) throw new Error('A middleware called next() more than once.')
      reached = index
      const layer = layers[index]
      if (layer) await layer(context, () => enter(index + 1))
      else context.reply = await run(context)
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

function validating<Data, Events extends object>(schema: Schema, run: Run<Data, Events>): Run<Data, Events> {
  return (context) => {
    const payload = validate(schema, context.payload)
    if (isThenable(payload)) return payload.then((value) => run(Object.assign(context, { payload: value })))
    context.payload = payload
    return run(context)
  }
}

function unknownType({ type }: { readonly type: string }): never {
  throw new HubError('unknown_type', `There is no handler for ${quote(type)}.`, { status: 404 })
}

function assertFunction(method: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${method}() needs a function, not ${kindOf(value)}.`)
}

/** @throws TypeError where neither a schema nor `{ payload: schema }` is given */
function schemaOf(type: string, given: unknown): Schema {
  if (isSchema(given)) return given
  const payload = (given as { readonly payload?: unknown } | null | undefined)?.payload
  if (isSchema(payload)) return payload
  throw new TypeError(
    `The payload of ${quote(type)} must be a Standard Schema, such as one of zod or valibot. Write handle(type, schema, handler).`,
  )
}

// The schemas of arktype are functions.
function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as Partial<Schema>)['~standard']?.validate === 'function'
}
