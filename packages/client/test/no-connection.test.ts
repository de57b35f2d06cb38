import { Router } from '@wshub/core'
import { Client, type ClientOptions } from '../src/index.js'
import { ClientServer, statusOf } from './support/client-server.js'

// The errors of a client without a connection name the reason.

let stage: ClientServer

const REFUSED = 'Unexpected server response: 401'

beforeEach(async () => {
  stage = await ClientServer.open({ router: new Router() }, ({ url }) => {
    if (url.endsWith('?unauthenticated')) throw Object.assign(new Error('who?'), { status: 401 })
    return {}
  })
})

afterEach(async () => {
  await stage.close()
})

/** A client on a runtime that has no class of sockets. */
function withoutWebSocket(): Client {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  Reflect.deleteProperty(globalThis, 'WebSocket')
  try {
    return new Client(stage.url)
  } finally {
    if (descriptor) Object.defineProperty(globalThis, 'WebSocket', descriptor)
  }
}

function relative(options: ClientOptions): Client {
  return new Client('/ws', options)
}

test('ready and requests name the missing WebSocket class on a runtime without one', async () => {
  const client = withoutWebSocket()
  const error = { code: 'closed', message: 'closed (4400 ClientError: no_websocket)' }
  await expect(client.ready).rejects.toMatchObject(error)
  await expect(client.request('echo')).rejects.toMatchObject(error)
})

test('ready, requests and joins name the close code and reason if the server closes for good', async () => {
  const client = stage.client()
  await client.ready
  const joined = client.room('none').joined
  stage.hub.disconnect(4401, 'log in first')
  await expect(joined).rejects.toMatchObject({ message: 'closed (4401 log in first)' })
  await expect(client.request('none')).rejects.toMatchObject({ message: 'closed (4401 log in first)' })
  await expect(client.ready).rejects.toMatchObject({ code: 'closed', message: 'closed (4401 log in first)' })
})

test('the status and a request that times out contain the error of the handshake if the WebSocket class reports it', async () => {
  const client = stage.client({}, '?unauthenticated')
  const answer = client.request('echo', undefined, { timeout: 300 })
  const status = statusOf(client, 'waiting')
  await expect(answer).rejects.toMatchObject({ code: 'timeout', message: `timeout (1006 ${REFUSED})` })
  expect(await status).toMatchObject({ reason: REFUSED })
})

test('a request that times out on an open connection does not name an earlier failure', async () => {
  const client = stage.client()
  await client.ready
  stage.hub.disconnect(4500, 'restart')
  expect(await statusOf(client, 'waiting')).toMatchObject({ reason: 'restart' })
  await client.ready
  await expect(client.request('echo', undefined, { timeout: 0 })).rejects.toMatchObject({ message: 'timeout' })
})

test('open throws to its caller if the URL is relative and there is no page', () => {
  const client = relative({ connect: false })
  expect(() => client.open()).toThrow('Invalid URL')
  expect(client.status).toMatchObject({ state: 'closed', code: 1000 })
})
