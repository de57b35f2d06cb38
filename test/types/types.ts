import {
  type Connection,
  type Context,
  Hub,
  type HubTypes,
  Hubs,
  type HubOptions,
  type Middleware,
  type Room,
  Router,
} from '@wshub/core'
import { same } from './equal.js'

// Hubs, routers and connections of different types.

interface Data {
  readonly name: string
}
interface Events {
  chat: { readonly text: string }
}
interface Asks {
  vote: { payload: string; reply: boolean }
}
interface Types {
  data: Data
  events: Events
  asks: Asks
}
type Other = { data: { other: number }; events: Events; asks: Asks }

const router = new Router<Types>().handle('say', () => true)
const hub = new Hub({ router })

// The hub takes its types from its router, and the hooks beside it too.
same<Hub<Types>, typeof hub>(true)
void new Hub({
  router,
  onOpen: (connection) => same<Connection<Types>, typeof connection>(true),
  onError: (_, { connection }) => same<Connection<Types> | undefined, typeof connection>(true),
})

// Each member may be left out: data is unknown then, events and requests have any name.
const some = new Hub<{ data: Data }>()
some.emit('anything', { goes: true })
same<Data | undefined, ReturnType<typeof some.connection> extends { data: infer D } | undefined ? D | undefined : 0>(
  true,
)
declare const untyped: Connection
same<unknown, typeof untyped.data>(true)
// @ts-expect-error There are no such members.
void new Hub<{ dta: Data }>()
// @ts-expect-error Events are payloads by name.
void new Hub<{ events: string }>()

// What is emitted is what the types say, to every receiver.
const room = hub.room('a')
hub.emit('chat', { text: 'a' })
// @ts-expect-error There is no such event.
hub.emit('chta', { text: 'a' })
// @ts-expect-error The payload is of another type.
hub.emit('chat', { text: 1 })
// @ts-expect-error The payload is missing.
hub.emit('chat')
room.emit('chat', { text: 'a' })
// @ts-expect-error There is no such event.
room.emit('chta', { text: 'a' })
// @ts-expect-error The payload is of another type.
room.emit('chat', { text: 1 })
// @ts-expect-error The payload is missing.
room.emit('chat')
declare const connection: Connection<Types>
connection.emit('chat', { text: 'a' })
// @ts-expect-error There is no such event.
connection.emit('chta', { text: 'a' })
// @ts-expect-error The payload is of another type.
connection.emit('chat', { text: 1 })
// @ts-expect-error The payload is missing.
connection.emit('chat')

// A function for all hubs takes every hub, and changes none of its types.
declare function anyHub(hub: Hub): void
declare function anyConnection(connection: Connection): void
declare function someHub<Some extends HubTypes>(hub: Hub<Some>, room: Room<Some>): Some
anyHub(hub)
anyConnection(connection)
same<Types, ReturnType<typeof someHub<Types>>>(true)
someHub(hub, hub.room('a'))
// @ts-expect-error The room belongs to another hub.
someHub(hub, new Hub<Other>().room('a'))

// What holds something else does not fit.
declare const plain: Hub
// @ts-expect-error The data is unknown.
export const wrongData: Hub<Types> = plain
// @ts-expect-error The data is of another type.
export const otherData: Hub<Other> = hub
// @ts-expect-error It emits other events.
export const otherEvents: Hub<{ events: { other: string } }> = hub
// @ts-expect-error It asks other requests.
export const otherAsks: Hub<{ asks: { other: { reply: string } } }> = hub
// @ts-expect-error The data is of another type.
connection.data = { other: 1 }
// @ts-expect-error The data has no such member.
void connection.data.other

// A router fits hubs that have at least what it needs.
void new Hub<Types>({ router })
void new Hub<Types>({ router: new Router() })
void new Hub<Types>({ router: new Router<{ data: { readonly name: string } }>() })
void new Router<Types>().merge('a:', new Router<{ events: Events }>()).merge('b:', new Router())
// @ts-expect-error The hub's data is of another type.
void new Hub<Other>({ router })
// @ts-expect-error The hub does not emit what the router emits.
void new Hub<{ data: Data; events: { other: string } }>({ router })
// @ts-expect-error The hub does not ask what the router asks.
void new Hub<{ data: Data; events: Events; asks: { other: { reply: string } } }>({ router })
// @ts-expect-error The data of the merged router is of another type.
void new Router<Types>().merge('a:', new Router<Other>())

// Middleware for all routers fits every router.
const timed: Middleware = async (context, next) => {
  same<unknown, typeof context.connection.data>(true)
  await next()
}
router.use(timed)
const greets: Middleware<Types> = ({ connection: { data } }, next) => (data.name === '' ? undefined : next())
router.use(greets)
// @ts-expect-error This middleware needs data that the connections do not have.
void new Router<Other>().use(greets)
export const textOf = ({ payload, connection: { data } }: Context<string, Types>): string => payload + data.name

const hubs = new Hubs()
same<Hub<Types>, ReturnType<typeof hubs.create<Types>>>(true)
const created = hubs.create('chat', { router })
same<Hub<Types>, typeof created>(true)
const options: HubOptions<Types> = { router, onOpen: undefined }
// @ts-expect-error The options are those of another hub.
hubs.create<Other>('other', options)
