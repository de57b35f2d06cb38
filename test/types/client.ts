import { Client, type EventsOf, type Room, type Status } from '@wshub/client'
import { Router } from '@wshub/core'
import { z } from 'zod'
import { same } from './equal.js'

interface Events {
  said: { readonly from: string; readonly at: Date }
  gone: undefined
}

/** What arrives: a Date is a string. */
type Said = { readonly from: string; readonly at: string }

const router = new Router<{ data: { name: string }; events: Events }>()
  .handle('say', z.object({ text: z.string() }), () => ({ at: new Date(), map: [1, undefined] as const }))
  .handle('count', z.object({ n: z.coerce.number<string>() }), ({ payload }) => payload.n)
  .handle('ping me', () => undefined)
  .handle('book', z.object({ day: z.date() }), () => undefined)

const client = new Client<typeof router>('/ws')

// What is sent is the input of the schema, and what comes back is what JSON makes of the reply.
export async function requests(): Promise<void> {
  const said = await client.request('say', { text: 'hi' })
  same<{ at: string; map: readonly [1, null] }, typeof said>(true)
  const count = await client.request('count', { n: '1' }, { timeout: 100, retry: true })
  same<number, typeof count>(true)
  await client.request('ping me')
  // @ts-expect-error There is no such route.
  await client.request('shout', { text: 'hi' })
  // @ts-expect-error The payload lacks its text.
  await client.request('say', {})
  // @ts-expect-error The payload may not be left out.
  await client.request('say')
  // @ts-expect-error The schema takes a string.
  await client.request('count', { n: 1 })
  // @ts-expect-error There is no such option.
  await client.request('say', { text: 'hi' }, { timeOut: 1 })
  // @ts-expect-error A Date arrives as a string.
  said.at.getTime()
  // @ts-expect-error The schema takes a Date, and JSON can't carry one.
  await client.request('book', { day: new Date() })
}

export function events(): void {
  client.emit('say', { text: 'hi' }, { queue: true })
  // @ts-expect-error There is no such route.
  client.emit('said', { text: 'hi' })
  // @ts-expect-error The payload has another type.
  client.emit('say', { text: 1 })
  client.on('said', (payload, { room }) => {
    same<Said, typeof payload>(true)
    same<string | undefined, typeof room>(true)
  })
  // @ts-expect-error The server does not emit it.
  client.on('sayd', () => {})
  // @ts-expect-error The payload has no such member.
  client.on('said', ({ text }) => text)
  // @ts-expect-error There is no such event to validate.
  void new Client<typeof router>('/ws', { validate: { sayd: z.string() } })
  void new Client<typeof router>('/ws', { validate: { said: z.object({ from: z.string() }) }, token: undefined })
  // @ts-expect-error There is no such option of a client.
  void new Client<typeof router>('/ws', { tokn: () => 'a' })
  // @ts-expect-error There is no such option of a reconnect.
  void new Client<typeof router>('/ws', { reconnect: { maxwait: 1 } })
}

export async function rooms(): Promise<void> {
  const room = client.room('a', { last: 50, load: async () => ({ offset: 1, epoch: 'e', tag: 't' }) })
  await room.joined
  const said = await room.request('say', { text: 'hi' })
  same<string, typeof said.at>(true)
  // @ts-expect-error The payload has another type.
  await room.request('say', { text: 1 })
  room.on('said', (payload) => same<Said, typeof payload>(true))
  // @ts-expect-error The server does not emit it.
  room.on('sayd', () => {})
  // @ts-expect-error A position has a tag.
  client.room('a', { from: { offset: 1, epoch: 'e' } })
  for await (const payload of client.events('said')) same<Said, typeof payload>(true)
  const held: Room<EventsOf<typeof router>> | undefined = undefined
  return held
}

export function statuses(status: Status): number | string | undefined {
  if (status.state === 'waiting') return status.retryAt
  // @ts-expect-error Only a closed client has a code.
  if (status.state === 'ready') return status.code
  return status.state === 'closed' ? status.reason : undefined
}

// The server's requests.
interface Asks {
  vote: { payload: { motion: string; until: Date }; reply: 'yes' | 'no' }
  now: { reply: Date }
}
const asking = new Router<{ asks: Asks }>()
const asked = new Client<typeof asking>('/ws')
asked.handle('vote', ({ motion, until }) => (motion === '' || until.endsWith('Z') ? 'no' : 'yes'))
asked.handle('now', () => new Date())
// @ts-expect-error A Date of the server arrives as a string.
asked.handle('vote', ({ until }) => (until.getTime() > 0 ? 'no' : 'yes'))
// @ts-expect-error The answer is a date.
asked.handle('now', () => 'now')
// @ts-expect-error The answer is one of two.
asked.handle('vote', () => 'perhaps')
// @ts-expect-error The server does not ask it.
asked.handle('veto', () => 'yes')

// Its events are any, because the router names none.
asked.on('anything', (payload) => same<unknown, typeof payload>(true))
// @ts-expect-error The router has no routes.
void asked.request('anything')

// Types that are written down, of a server elsewhere, are those of the wire.
interface Elsewhere {
  routes: { add: { payload: number[]; reply: number } }
  events: { sum: number }
}
const far = new Client<Elsewhere>('/ws')
same<Promise<number>, ReturnType<typeof far.request<'add'>>>(true)
// @ts-expect-error The payload is of another type.
void far.request('add', ['1'])
far.on('sum', (sum) => same<number, typeof sum>(true))
far.handle('anything', (payload) => same<unknown, typeof payload>(true))

// Without a router everything has a name, and nothing is known of it.
const untyped = new Client('/ws')
untyped.on('anything', (payload) => same<unknown, typeof payload>(true))
same<Promise<unknown>, ReturnType<typeof untyped.request<'anything'>>>(true)
void untyped.request('anything', { at: 1 })
