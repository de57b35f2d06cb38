import { type Connection, type Context, Hub, Router, type Schema } from '@wshub/core'
import * as v from 'valibot'
import { z } from 'zod'
import { same } from './equal.js'

interface Data {
  readonly name: string
}
interface Events {
  chat: { readonly text: string }
}
interface Types {
  data: Data
  events: Events
}

const game = new Router<Types>()
  .handle('move', { payload: v.object({ x: v.pipe(v.string(), v.transform(Number)) }) }, ({ payload }) => {
    same<{ x: number }, typeof payload>(true)
    return payload.x
  })
  .handle('quit', () => {})

const router = new Router<Types>()
  .use(async (context, next) => {
    same<unknown, typeof context.payload>(true)
    context.reply = { wrapped: context.reply }
    await next()
  })
  .handle(
    'chat',
    { payload: z.object({ room: z.string(), text: z.string().max(2000) }) },
    ({ connection, hub, payload, signal }) => {
      same<Connection<Types>, typeof connection>(true)
      same<Hub<Types>, typeof hub>(true)
      same<{ room: string; text: string }, typeof payload>(true)
      same<AbortSignal, typeof signal>(true)
      hub.room(payload.room).except(connection).emit('chat', { text: payload.text })
      // @ts-expect-error The hub's events are known here too.
      hub.emit('chta', { text: payload.text })
      return { delivered: true }
    },
  )
  .handle('later', { payload: z.object({ n: z.coerce.number().default(1) }) }, async ({ payload }) => {
    same<{ n: number }, typeof payload>(true)
    return Promise.resolve([payload.n])
  })
  .handle('free', ({ payload }) => {
    same<unknown, typeof payload>(true)
  })
  .merge('game:', game)
  .fallback(({ type }) => {
    same<string, typeof type>(true)
  })

export type ChatRouter = typeof router

// The router's type says what a client sends and what comes back.
type Routes = NonNullable<ChatRouter['routes']>
same<'chat' | 'later' | 'free' | 'game:move' | 'game:quit', keyof Routes>(true)
same<{ room: string; text: string }, Routes['chat']['payload']>(true)
same<{ delivered: boolean }, Routes['chat']['reply']>(true)
same<number[], Routes['later']['reply']>(true)
same<unknown, Routes['free']['payload']>(true)
same<undefined, Routes['free']['reply']>(true)
// What a client sends is the schema's input, not what the handler gets of it.
same<{ x: string }, Routes['game:move']['payload']>(true)
same<number, Routes['game:move']['reply']>(true)

// A router fits hubs of its own data and events.
void new Hub<Types>({ router })
void new Hub({ router })
// @ts-expect-error The hub's data is of another type.
void new Hub<{ data: { other: number }; events: Events }>({ router })

// @ts-expect-error A merged router is of the same hub.
void new Router<{ data: { other: number }; events: Events }>().merge('game:', game)
// @ts-expect-error No schema.
void new Router().handle('x', { payload: { text: 'string' } }, () => {})
// @ts-expect-error The payload has no such property.
void new Router().handle('x', { payload: z.object({ a: z.string() }) }, ({ payload }) => payload.b)
// @ts-expect-error What is not checked is unknown.
void new Router().handle('x', ({ payload }) => payload.a)
// @ts-expect-error A type is a string.
void new Router().handle(1, () => {})
// @ts-expect-error There is no such option.
void new Router().handle('x', { schema: z.string() }, () => {})

// A handler may be declared separately.
const named = ({ payload, connection }: Context<{ text: string }, Types>): string => payload.text + connection.data.name
void new Router<Types>().handle('named', { payload: z.object({ text: z.string() }) }, named)

// A schema may be declared separately, and its output is its input by default.
void new Router().handle('x', z.object({ a: z.string() }), ({ payload }) => {
  same<{ a: string }, typeof payload>(true)
})
void new Router().handle('x', v.object({ a: v.number() }), ({ payload }) => payload.a.toFixed())
declare const own: Schema<{ a: string }>
void new Router().handle('x', own, ({ payload }) => {
  same<{ a: string }, typeof payload>(true)
})
