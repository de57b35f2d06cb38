import { Hub, Router } from '@wshub/core'
import { upgrade } from '@wshub/express'
import express from 'express'
import { Client } from '../src/index.js'
import { socketsTo } from '../src/testing/index.js'
import { nextOf, statusOf } from './support/stage.js'

// Front-end code against the app in this process, without a port.

const hub = new Hub({ router: new Router().handle('echo', ({ payload }) => payload) })
const app = express()
app.get(
  '/ws/:user',
  upgrade(hub, ({ params, headers }) => ({ user: `${params.user} ${headers.cookie ?? ''}`.trim() })),
)

let client: Client

afterEach(() => {
  client.close()
})

test('a client reaches the app without a port, with headers of the test', async () => {
  client = new Client('ws://app/ws/ada?x=1', { WebSocket: socketsTo(app, { headers: { cookie: 'a=1' } }) })
  expect(await client.request('echo', 1)).toBe(1)
  expect([...hub.connections.values()].map(({ user }) => user)).toEqual(['ada a=1'])
})

test('a client comes back to the app after a loss', async () => {
  client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app), reconnect: { firstWait: 200 } })
  await client.ready
  for (const connection of hub.connections.values()) connection.terminate()
  await statusOf(client, 'waiting')
  expect(await client.request('echo', 2)).toBe(2)
})

test('a refusal of the app is a failed try', async () => {
  client = new Client('ws://app/nowhere', { WebSocket: socketsTo(app) })
  expect(await statusOf(client, 'waiting')).toMatchObject({ state: 'waiting' })
})

test('fake timers are reported with what to do instead', async () => {
  jest.useFakeTimers()
  try {
    client = new Client('ws://app/ws/ada', { WebSocket: socketsTo(app), connect: false })
    const error = nextOf<unknown>((listener) => client.onError(listener))
    client.open()
    expect(await error).toMatchObject({ message: expect.stringContaining('doNotFake') })
    expect(client.status).toMatchObject({ state: 'closed', final: true })
  } finally {
    jest.useRealTimers()
  }
})
