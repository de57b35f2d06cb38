import * as query from '@tanstack/query-core'
import type { Client } from '@wshub/client'
import { expectEventually, until } from '../support/wait.js'
import { ReadmePage, stopped as prompts } from './client-page.js'

// The recipes for TanStack Query, run unchanged. Those for Vue and Svelte run in test/browser/front-ends.

const PAGE = 'docs/front-ends.md'

interface Queries {
  readonly commentsOf: (project: string) => query.QueryOptions & { readonly queryKey: readonly string[] }
  readonly followComments: (queryClient: query.QueryClient, project: string) => () => void
}

let page: ReadmePage
let queryClient: query.QueryClient

beforeEach(async () => {
  page = await ReadmePage.open()
  page.hub.createRoom('project:7', { history: { size: 3 }, authorize: () => true })
  queryClient = new query.QueryClient()
})

afterEach(async () => {
  queryClient.clear()
  await page.close()
})

async function run(text: string, client: Client): Promise<Readonly<Record<string, unknown>>> {
  return page.run(text, { page: PAGE, modules: { './client.js': { client }, '@tanstack/query-core': query } })
}

function comment(text: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return page.fetch('/api/projects/7/comments', { method: 'POST', headers, body: JSON.stringify({ text }) })
}

function linesOf(...texts: string[]): unknown {
  return texts.map((text) => ({ from: 'ada', text }))
}

describe('a query that a room keeps fresh', () => {
  const rows: { readonly id: string; readonly text: string }[] = []
  let stop: () => void
  let texts: () => string[] | undefined

  beforeEach(async () => {
    rows.splice(0, Infinity, { id: '0', text: 'first' })
    const db = {
      comments: async () => rows,
      insert: async (text: string) => {
        rows.push({ id: `${rows.length}`, text })
        return rows.at(-1)
      },
    }
    await page.run('db.insert', { names: { db } })
    const { commentsOf, followComments } = (await run('followComments', page.client())) as unknown as Queries
    stop = followComments(queryClient, '7')
    texts = () => {
      const data = queryClient.getQueryData<{ rows: typeof rows }>(commentsOf('7').queryKey)
      return data?.rows.map(({ text }) => text)
    }
    await until(() => texts() !== undefined)
  })

  test('an event changes the data of the query', async () => {
    expect(texts()).toEqual(['first'])
    await comment('second')
    await expectEventually(() => expect(texts()).toEqual(['first', 'second']))
  })

  test('lost messages run the query again', async () => {
    page.cut()
    for (const text of ['a', 'b', 'c', 'd']) await comment(text)
    await expectEventually(() => expect(texts()).toEqual(['first', 'a', 'b', 'c', 'd']))
  })

  test('the room is left with the query', async () => {
    stop()
    await until(() => page.hub.room('project:7').size === 0)
    await comment('unseen')
    expect(texts()).toEqual(['first'])
  })
})

test('a streamed query collects events while it is observed', async () => {
  const client = page.client()
  const { said } = await run('streamedQuery', client)
  const observer = new query.QueryObserver(queryClient, said as never)
  const stop = observer.subscribe(() => undefined)
  await client.ready
  for (const text of ['one', 'two']) await client.request('say', { text })
  await expectEventually(() => expect(queryClient.getQueryData(['said'])).toEqual(linesOf('one', 'two')))
  stop()
  await client.request('say', { text: 'unseen' })
  expect(queryClient.getQueryData(['said'])).toEqual(linesOf('one', 'two'))
})

test('a streamed query collects a reply, and stops the generator if nobody observes it', async () => {
  const client = page.client()
  const { answerTo } = await run('answer-query', client)
  const queryOf = answerTo as (prompt: string) => query.QueryObserverOptions
  const observer = new query.QueryObserver(queryClient, queryOf('tell me'))
  observer.subscribe(() => undefined)
  await expectEventually(() => expect(observer.getCurrentResult().data).toEqual(['tell', 'me']))
  const endless = new query.QueryObserver(queryClient, queryOf('never'))
  const stop = endless.subscribe(() => undefined)
  await expectEventually(() => expect(endless.getCurrentResult().data).toEqual(['never']))
  stop()
  await until(() => prompts.includes('never'))
})
