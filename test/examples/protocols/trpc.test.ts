import type { Server } from 'node:http'
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from '@trpc/client'
import type { Hub } from '@wshub/core'
import { serve, type TrpcRouter } from '../../../examples/protocols/trpc.js'
import { expectEventually } from '../../support/wait.js'
import { pageOf, refusalOf } from './logins.js'

// examples/protocols/trpc.ts, with the client of tRPC.

let server: Server
let hub: Hub
let sockets: ReturnType<typeof createWSClient>[]

beforeEach(() => {
  sockets = []
  ;({ server, hub } = serve())
})

afterEach(async () => {
  for (const socket of sockets) await socket.close()
  await hub.close({ within: 0 })
})

async function page(user: string): Promise<TRPCClient<TrpcRouter>> {
  const WebSocket = await pageOf(server, user)
  const client = createWSClient({ url: 'ws://app/trpc', WebSocket })
  sockets.push(client)
  return createTRPCClient<TrpcRouter>({ links: [wsLink({ client })] })
}

test('a query knows the user of the session, and an input that the schema refuses is an error', async () => {
  const ada = await page('ada')
  expect(await ada.me.query()).toBe('ada')
  await expect(ada.post.mutate({ text: 'x'.repeat(1001) })).rejects.toMatchObject({ data: { code: 'BAD_REQUEST' } })
})

test('a subscription gets what another user posts, until it ends', async () => {
  const [ada, bob] = [await page('ada'), await page('bob')]
  const posts: unknown[] = []
  await new Promise<void>((resolve, reject) => {
    const subscription = ada.posts.subscribe(undefined, {
      onStarted: () => void bob.post.mutate({ text: 'hello' }).catch(reject),
      onData: (post) => {
        posts.push(post)
        subscription.unsubscribe()
      },
      onComplete: resolve,
      onError: reject,
    })
  })
  expect(posts).toEqual([{ from: 'bob', text: 'hello' }])
  await expectEventually(async () => expect(await bob.post.mutate({ text: 'nobody reads this' })).toBe(false))
})

test('a user without a session gets 401', async () => {
  expect(await refusalOf(server, '/trpc')).toEqual([401, 'login first'])
})
