import { Readable } from 'node:stream'
import { Router, type StreamedValue, type StreamResult } from '@wshub/core'
import { z } from 'zod'
import { same } from './equal.js'

interface Token {
  readonly text: string
  readonly at: Date
}

async function* tokens(): AsyncGenerator<Token, { used: number }> {
  yield { text: 'a', at: new Date() }
  return { used: 1 }
}

declare const iterable: AsyncIterable<number>
declare const mixed: string | AsyncGenerator<number, boolean>
declare const query: Promise<string[]> & AsyncIterable<string>
declare const anything: unknown

const router = new Router()
  .handle('ask', z.object({ prompt: z.string() }), () => tokens())
  .handle('later', async () => tokens())
  .handle('direct', async function* ({ signal }) {
    if (!signal.aborted) yield 1
    return new Date()
  })
  .handle('iterable', () => iterable)
  .handle('mixed', () => mixed)
  .handle('query', () => query)
  .handle('readable', () => Readable.from(['a']))
  .handle('unknown', () => anything)
  .handle('plain', () => ({ at: new Date() }))
  .handle('nothing', () => {})

type Routes = NonNullable<(typeof router)['routes']>

// Values and result pass through JSON, a promise around the generator makes no difference.
same<{ readonly text: string; readonly at: string }, Routes['ask']['streamed']>(true)
same<{ used: number }, Routes['ask']['reply']>(true)
same<{ prompt: string }, Routes['ask']['payload']>(true)
same<Routes['ask']['streamed'], Routes['later']['streamed']>(true)
same<{ used: number }, Routes['later']['reply']>(true)
same<number, Routes['direct']['streamed']>(true)
same<string, Routes['direct']['reply']>(true)
same<number, Routes['iterable']['streamed']>(true)
same<unknown, Routes['iterable']['reply']>(true)
same<number, Routes['mixed']['streamed']>(true)
same<string | boolean, Routes['mixed']['reply']>(true)
same<unknown, Routes['unknown']['streamed']>(true)
same<unknown, Routes['unknown']['reply']>(true)

// A promise with an async iterator, as queries of databases have it, is awaited.
same<never, Routes['query']['streamed']>(true)
same<string[], Routes['query']['reply']>(true)

// Nothing is streamed by other handlers.
same<never, Routes['plain']['streamed']>(true)
same<{ at: string }, Routes['plain']['reply']>(true)
same<never, Routes['nothing']['streamed']>(true)
same<undefined, Routes['nothing']['reply']>(true)

same<number, StreamedValue<AsyncGenerator<number, string>>>(true)
same<string, StreamResult<AsyncGenerator<number, string>>>(true)
same<never, StreamedValue<readonly number[]>>(true)
same<readonly number[], StreamResult<readonly number[]>>(true)

export function refused(value: Routes['ask']['streamed'], result: Routes['ask']['reply']): void {
  // @ts-expect-error A Date arrives as a string.
  value.at.getTime()
  // @ts-expect-error A value has no such member.
  void value.used
  // @ts-expect-error The result is not a value.
  void result.text
  // @ts-expect-error A handler without a stream has no values.
  const none: Routes['plain']['streamed'] = 1
  void none
}
