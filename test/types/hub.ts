import {
  type Audience,
  type Closure,
  type Connection,
  type Identity,
  Hub,
  type HubOptions,
  HubError,
  type HubErrorCode,
  Hubs,
} from '@wshub/core'
import { type Handshake, type Room, type Stage } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { same } from './equal.js'

interface Data {
  readonly name: string
}

// An interface has no index signature, and is common.
interface Events {
  chat: { readonly text: string }
  typing: undefined
  status: string | undefined
}
interface Asks {
  vote: { payload: { readonly motion: string }; reply: 'yes' | 'no' }
  now: { reply: Date }
}
interface Types {
  data: Data
  events: Events
  asks: Asks
}

const hub = new Hub<Types>({
  onOpen(connection) {
    same<Connection<Types>, typeof connection>(true)
    same<Data, typeof connection.data>(true)
    const home: Hub<Types> = connection.hub
    home.emit('chat', { text: connection.data.name })
  },
  async onClose(connection, closure) {
    same<Closure, typeof closure>(true)
    await Promise.resolve(connection.user)
  },
  onJoin: (connection, room) => connection.hub.room(room).except(connection).emit('chat', { text: 'hello' }),
  onLeave: () => 'anything',
  onMessage(connection, data) {
    same<string | Buffer, typeof data>(true)
    connection.send(data)
  },
  revalidate: {
    every: 60_000,
    check(connection) {
      same<Connection<Types>, typeof connection>(true)
      return connection.data.name !== ''
    },
  },
  onError(error, { stage, connection }) {
    same<unknown, typeof error>(true)
    same<Stage, typeof stage>(true)
    same<Connection<Types> | undefined, typeof connection>(true)
  },
})

// Every audience has the same vocabulary, and every event its payload.
declare const connection: Connection<Types>
const audiences: Audience<Types>[] = [
  hub,
  hub.room('a'),
  hub.user('ann', 'bob'),
  hub.session('s'),
  hub.to('a', 'b'),
  hub.except(connection, 'id'),
  connection.except('id'),
]
for (const one of [...audiences, connection]) {
  one.emit('chat', { text: 'hello' })
  one.emit('typing')
  one.emit('typing', undefined)
  one.emit('status')
  one.emit('status', 'away')
  one.send('text')
  one.send(new Uint8Array(1))
  one.json({ any: 'thing' })
  one.disconnect()
  one.disconnect(4401, 'logged out')
  void one.join('room')
  one.leave('room')
  same<Connection<Types>[], ReturnType<typeof one.members>>(true)
  // @ts-expect-error There is no such event.
  one.emit('chta', { text: 'hello' })
  // @ts-expect-error The payload is of another type.
  one.emit('chat', { text: 1 })
  // @ts-expect-error The payload is missing.
  one.emit('chat')
  // @ts-expect-error This event has no payload.
  one.emit('typing', 1)
  // @ts-expect-error Neither text nor bytes.
  one.send({ text: 'hello' })
}

// What a hub without types emits is anything.
new Hub().emit('anything', { goes: true })
new Hub().emit('nothing')

// What is read-only stays so.
// @ts-expect-error The user was settled by the handshake.
connection.user = 'bob'
// @ts-expect-error The rooms change by join and leave.
connection.rooms.add('a')
// @ts-expect-error The connections come and go by themselves.
hub.connections.clear()
connection.data = { name: 'other' }

same<Handshake, typeof connection.handshake>(true)
same<'open' | 'closing' | 'closed', typeof connection.state>(true)
same<Promise<Closure>, typeof connection.closed>(true)
same<AbortSignal, typeof connection.signal>(true)
same<Promise<number>, ReturnType<typeof connection.ping>>(true)
same<Connection<Types> | undefined, ReturnType<typeof hub.connection>>(true)
same<Room<Types> | undefined, ReturnType<typeof hub.rooms.get>>(true)

export async function requests(): Promise<void> {
  const answer = await connection.request('vote', { motion: 'to adjourn' }, { timeout: 1000 })
  same<'yes' | 'no', typeof answer>(true)
  // A Date of the client arrives as a string.
  same<string, Awaited<ReturnType<typeof connection.request<'now'>>>>(true)
  const { replies, missing } = await hub.room('a').request('now')
  same<readonly string[], typeof replies>(true)
  same<readonly string[], typeof missing>(true)
  for await (const data of connection.messages()) same<string | Buffer, typeof data>(true)
  const client = await connect(() => {}, '/ws', { headers: { cookie: 'a=b' } })
  same<number, Awaited<ReturnType<typeof client.request<number>>>>(true)
}

// Unknown options fail, at every depth.
// @ts-expect-error There is no such option.
void new Hub({ onMesage() {} })
// @ts-expect-error There is no such limit.
void new Hub({ limits: { maxMesageSize: 1 } })
// @ts-expect-error There is no such option.
void new Hub({ heartbeat: { interval: 1 } })
// @ts-expect-error There is no such option.
void new Hub({ compression: { treshold: 1 } })
// @ts-expect-error Neither close nor drop.
void new Hub({ limits: { slowConsumer: 'wait' } })
// @ts-expect-error There is no such option.
hub.createRoom('a', { maxMember: 1 })
// @ts-expect-error There is no such option.
void hub.close({ timeout: 1 })

// Options that come about by conditions compile under exactOptionalPropertyTypes when they are left out …
declare const production: boolean
void new Hub({ ...(production && { compression: true }), limits: { ...(production && { maxConnections: 1000 }) } })
export const described: Identity = production ? { user: 'ann' } : {}
// … and a connection of a hub with data has data.
export const named: Identity<Data> = { user: 'ann', data: { name: 'Ann' } }
// @ts-expect-error The data is missing.
export const nameless: Identity<Data> = { user: 'ann' }
const whole: HubOptions<Types> = {}
void new Hub<Types>(whole)
void new Hub<Types>({ ...whole, name: 'chat' })

const hubs = new Hubs()
const chat = hubs.create<Types>('chat', { limits: { concurrency: 2 } })
same<Hub<Types>, typeof chat>(true)
same<Hub<Types> | undefined, ReturnType<typeof hubs.get<Types>>>(true)
// @ts-expect-error The name comes first.
hubs.create('chat', { name: 'other' })

const error = new HubError('nope', 'Not now.', {
  status: 409,
  cause: new Error('why'),
  issues: [{ message: 'no', path: ['a', 0] }],
})
// A code is a string, and editors know the codes of wshub.
const code: string = error.code
const known: HubErrorCode = 'room_full'
export const codes = [code, known, new HubError(known).code === known]
same<'client' | 'app' | 'infrastructure', typeof error.fault>(true)
// @ts-expect-error There is no such code.
export const unknown: HubErrorCode = 'room_fool'
hub.room('a').except({ room: 'b' }, connection, 'id').join(['c', 'd'])
void connection.join(['c', 'd'])
// @ts-expect-error Names are strings.
hub.room('a').except({ room: 5 })

// What is counted by word may not have happened yet.
const stats = hub.stats()
same<number | undefined, (typeof stats.refused)[string] | undefined>(true)
export const counted: Readonly<Record<string, number>>[] = [stats.rejected, stats.closed, stats.handshakes]

// `undefined` counts as left out.
void new Hub({
  name: undefined,
  router: undefined,
  onOpen: undefined,
  onError: undefined,
  limits: { maxConnections: undefined, messageRate: undefined },
  heartbeat: undefined,
  compression: { level: undefined },
  batch: { window: undefined },
  broker: undefined,
})
hub.createRoom('a', { maxMembers: undefined, history: { size: undefined }, presence: undefined })
void hub.close({ within: undefined })
void connection.request('vote', { motion: '' }, { timeout: undefined })
void connection.request('now', undefined, { timeout: undefined })
void new HubError('x', undefined, { status: undefined, fault: undefined, issues: undefined })
void connect(() => {}, '/', { headers: undefined, protocols: undefined, timeout: undefined })
