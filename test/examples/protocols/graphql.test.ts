import type { Server } from 'node:http'
import type { Hub } from '@wshub/core'
import { type Client, createClient } from 'graphql-ws'
import { serve } from '../../../examples/protocols/graphql.js'
import { expectEventually } from '../../support/wait.js'
import { pageOf, refusalOf } from './logins.js'

// examples/protocols/graphql.ts, with the client of graphql-ws.

let server: Server
let hub: Hub
let clients: Client[]

beforeEach(() => {
  clients = []
  ;({ server, hub } = serve())
})

afterEach(async () => {
  for (const client of clients) await client.dispose()
  await hub.close({ within: 0 })
})

async function page(user: string): Promise<Client> {
  const client = createClient({
    url: 'ws://app/graphql',
    webSocketImpl: await pageOf(server, user),
    retryAttempts: 0,
  })
  clients.push(client)
  return client
}

async function run(client: Client, query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  for await (const { data } of client.iterate({ query, variables })) return data
  throw new Error('No answer.')
}

const POST = 'mutation ($text: String!) { post(text: $text) }'

test('a query knows the user of the session', async () => {
  expect(await run(await page('ada'), '{ me }')).toEqual({ me: 'ada' })
})

test('a subscription gets what another user posts, until it ends', async () => {
  const [ada, bob] = [await page('ada'), await page('bob')]
  const posts = ada.iterate({ query: 'subscription { posts { from text } }' })
  let first: unknown
  void posts.next().then(({ value }) => (first = value))
  // The page does not learn when its subscription begins.
  await expectEventually(async () => {
    await run(bob, POST, { text: 'hello' })
    expect(first).toEqual({ data: { posts: { from: 'bob', text: 'hello' } } })
  })
  await posts.return?.()
  expect(await run(bob, POST, { text: 'nobody reads this' })).toEqual({ post: true })
})

test('a user without a session gets 401', async () => {
  expect(await refusalOf(server, '/graphql')).toEqual([401, 'login first'])
})
