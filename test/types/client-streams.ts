import { Client, type ReplyStream } from '@wshub/client'
import { Router } from '@wshub/core'
import { z } from 'zod'
import { same } from './equal.js'

interface Token {
  readonly text: string
  readonly at: Date
}

/** What arrives: a Date is a string. */
type Arrived = { readonly text: string; readonly at: string }

async function* answer(): AsyncGenerator<Token, { readonly used: number; readonly at: Date }> {
  yield { text: 'Once', at: new Date() }
  return { used: 1, at: new Date() }
}

const router = new Router()
  .handle('ask', z.object({ prompt: z.string() }), () => answer())
  .handle('ask later', async () => answer())
  .handle('say', z.object({ text: z.string() }), () => 1)

const client = new Client<typeof router>('/ws')

export async function streams(signal: AbortSignal): Promise<void> {
  const stream = client.stream('ask', { prompt: 'a story' }, { signal, key: 'k' })
  same<ReplyStream<Arrived, { readonly used: number; readonly at: string }>, typeof stream>(true)
  for await (const token of stream) same<Arrived, typeof token>(true)
  const result = await stream.result
  same<{ readonly used: number; readonly at: string }, typeof result>(true)
  for await (const { text } of client.stream('ask later')) same<string, typeof text>(true)
  // The reply alone.
  const { used } = await client.request('ask', { prompt: 'a story' })
  same<number, typeof used>(true)
  client.stream('ask', { prompt: 'a story' }, { signal: undefined })
  // @ts-expect-error The reply of this route is not streamed.
  client.stream('say', { text: 'hi' })
  // @ts-expect-error There is no such route.
  client.stream('answer', { prompt: 'a story' })
  // @ts-expect-error The payload lacks its prompt.
  client.stream('ask', {})
  // @ts-expect-error The payload may not be left out.
  client.stream('ask')
  // @ts-expect-error A stream has no timeout.
  client.stream('ask', { prompt: 'a story' }, { timeout: 1 })
  // @ts-expect-error A Date arrives as a string.
  for await (const { at } of client.stream('ask later')) at.getTime()
  // @ts-expect-error The result has no such member.
  void result.count
}

// Types that are written down.
interface Elsewhere {
  routes: { answer: { payload: string; streamed: number; reply: boolean } }
}
const far = new Client<Elsewhere>('/ws')
same<ReplyStream<number, boolean>, ReturnType<typeof far.stream<'answer'>>>(true)
// @ts-expect-error The payload is of another type.
far.stream('answer', 7)

// Without a router every name is allowed, and nothing is known of the values.
const untyped = new Client('/ws')
same<ReplyStream<unknown, unknown>, ReturnType<typeof untyped.stream<'anything'>>>(true)
