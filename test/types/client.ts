import { Client, type EventsOf, type Jsonify, type Room, type Status } from '@wshub/client'
import { Router } from '@wshub/core'
import { z } from 'zod'
import { same } from './equal.js'

interface Events {
  said: { readonly from: string; readonly at: string }
  gone: undefined
}

const router = new Router<{ name: string }, Events>()
  .handle('say', z.object({ text: z.string() }), () => ({ at: new Date(), map: [1, undefined] as const }))
  .handle('count', z.object({ n: z.coerce.number<string>() }), ({ payload }) => payload.n)
  .handle('ping me', () => undefined)

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
}

export function events(): void {
  client.emit('say', { text: 'hi' }, { queue: true })
  // @ts-expect-error There is no such route.
  client.emit('said', { text: 'hi' })
  // @ts-expect-error The payload has another type.
  client.emit('say', { text: 1 })
  client.on('said', (payload, { room }) => {
    same<Events['said'], typeof payload>(true)
    same<string | undefined, typeof room>(true)
  })
  // @ts-expect-error The server does not emit it.
  client.on('sayd', () => {})
  // @ts-expect-error The payload has no such member.
  client.on('said', ({ text }) => text)
  // @ts-expect-error There is no such event to validate.
  void new Client<typeof router>('/ws', { validate: { sayd: z.string() } })
  void new Client<typeof router>('/ws', { validate: { said: z.object({ from: z.string() }) }, token: undefined })
}

export async function rooms(): Promise<void> {
  const room = client.room('a', { last: 50, load: async () => ({ offset: 1, epoch: 'e', tag: 't' }) })
  await room.joined
  const said = await room.request('say', { text: 'hi' })
  same<string, typeof said.at>(true)
  // @ts-expect-error The payload has another type.
  await room.request('say', { text: 1 })
  room.on('said', (payload) => same<Events['said'], typeof payload>(true))
  // @ts-expect-error The server does not emit it.
  room.on('sayd', () => {})
  // @ts-expect-error A position has a tag.
  client.room('a', { from: { offset: 1, epoch: 'e' } })
  for await (const payload of client.events('said')) same<Events['said'], typeof payload>(true)
  const held: Room<EventsOf<typeof router>> | undefined = undefined
  return held
}

export function statuses(status: Status): number | string | undefined {
  if (status.state === 'waiting') return status.retryAt
  // @ts-expect-error Only a closed client has a code.
  if (status.state === 'ready') return status.code
  return status.state === 'closed' ? status.reason : undefined
}

// The server's requests are typed by a router that names them.
declare const asking: { readonly asks?: { vote: { payload: { motion: string }; reply: 'yes' | 'no' } } }
const asked = new Client<typeof asking>('/ws')
asked.handle('vote', ({ motion }) => (motion === '' ? 'no' : 'yes'))
// @ts-expect-error The answer is one of two.
asked.handle('vote', () => 'perhaps')
// @ts-expect-error The server does not ask it.
asked.handle('veto', () => 'yes')

// Without a router everything has a name, and nothing is known of it.
const untyped = new Client('/ws')
untyped.on('anything', (payload) => same<unknown, typeof payload>(true))
same<Promise<unknown>, ReturnType<typeof untyped.request<'anything'>>>(true)
void untyped.request('anything', { at: 1 })

same<{ at: string; maybe?: number | undefined }, Jsonify<{ at: Date; maybe?: number; run(): void }>>(true)
same<(string | null)[], Jsonify<(Date | null)[]>>(true)
