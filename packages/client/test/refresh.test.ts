import type { Request } from 'express'
import { WebSocket } from 'ws'
import { type Identity, Router } from '@wshub/core'
import { until } from '../../../test/support/wait.js'
import type { Client, ClientOptions } from '../src/index.js'
import { ClientServer, statusOf } from './support/client-server.js'

// The authorisation of a live connection is refreshed, against a real hub.

/** Milliseconds until the first token of a test expires. */
const SHORT = 3000

let stage: ClientServer
/** The expiry of the token of each handshake and refresh, in order. */
const endings: number[] = []
const asked: boolean[] = []

/** A token is `user.lifetime`; that of a user `nobody` is refused. */
function identify({ headers }: Request): Identity {
  const [, user = 'nobody', lifetime] = /^Bearer (\w+)\.(\d+)$/.exec(headers.authorization ?? '') ?? []
  if (user === 'nobody') throw Object.assign(new Error('who?'), { status: 401 })
  const expiresAt = Date.now() + Number(lifetime)
  endings.push(expiresAt)
  return { user, expiresAt }
}

const router = new Router().handle('echo', ({ payload }) => payload)

beforeEach(async () => {
  endings.length = 0
  asked.length = 0
  // Makes each refresh come as early as possible, so that a busy machine has time for it.
  jest.spyOn(Math, 'random').mockReturnValue(0)
  stage = await ClientServer.open({ router }, identify)
  stage.hub.createRoom('log', { history: { size: 1000 }, authorize: () => true })
})

afterEach(async () => {
  jest.restoreAllMocks()
  await stage.close()
})

/** A client whose provider gives these tokens one after the other. What it reports is in `errors`. */
function clientOf(
  tokens: readonly (() => unknown)[],
  options: ClientOptions = {},
): [client: Client, errors: unknown[]] {
  const left = [...tokens]
  const token = async ({ refused }: { readonly refused: boolean }): Promise<string> => {
    asked.push(refused)
    return (await left.shift()?.()) as string
  }
  const client = stage.client({ token, ...options })
  const errors: unknown[] = []
  client.onError((error) => errors.push(error))
  return [client, errors]
}

function fail(): never {
  throw new Error('no network')
}

class WithHeader extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { headers: { authorization: 'Bearer ada.60000' } })
  }
}

const ada = (lifetime: number) => (): string => `ada.${lifetime}`

function connectionIds(): string[] {
  return [...stage.hub.connections.keys()]
}

test('a token that expires is refreshed without a reconnect, and no message is lost', async () => {
  const [client, errors] = clientOf([ada(SHORT), ada(60_000)])
  const room = client.room('log')
  const got: unknown[] = []
  room.on('said', (payload) => got.push(payload))
  await room.joined
  const statuses: unknown[] = []
  client.onStatus((status) => statuses.push(status))
  const before = connectionIds()
  let said = 0
  const pace = setInterval(() => stage.hub.room('log').emit('said', (said += 1)), 20)
  await until(() => endings.length === 2 && Date.now() > (endings[0] ?? 0) + 200)
  clearInterval(pace)
  expect(await client.request('echo', 'still here')).toBe('still here')
  await until(() => got.length >= said)
  expect(got).toEqual(Array.from({ length: said }, (_, index) => index + 1))
  expect([connectionIds(), statuses, errors, asked]).toEqual([before, [], [], [false, false]])
})

test('a provider that fails is reported, and the next handshake of the expired connection asks it again', async () => {
  const [client, errors] = clientOf([ada(SHORT), fail, ada(60_000)])
  await client.ready
  await statusOf(client, 'waiting')
  await client.ready
  expect(errors).toMatchObject([{ message: 'no network' }])
  expect(asked).toEqual([false, false, true])
})

test('a refresh that the app refuses is reported and leaves the connection open', async () => {
  const [client, errors] = clientOf([ada(SHORT), () => 'nobody.1', ada(60_000)])
  await client.ready
  const before = connectionIds()
  await until(() => errors.length > 0)
  expect(errors).toMatchObject([{ code: 'unauthorized' }])
  expect(await client.request('echo', 1)).toBe(1)
  expect(connectionIds()).toEqual(before)
})

test('a refresh with the token of another user is refused, and the connection keeps its user', async () => {
  const [client] = clientOf([ada(60_000), () => 'bob.60000'])
  await client.ready
  await expect(client.refresh()).rejects.toMatchObject({ name: 'ClientError', code: 'other_user' })
  expect(await client.request('echo', 1)).toBe(1)
  expect([...stage.hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
})

test('a second refresh within five seconds is refused and leaves the connection open', async () => {
  const [client] = clientOf([ada(60_000), ada(60_000), ada(60_000)])
  await client.ready
  await client.refresh()
  await expect(client.refresh()).rejects.toMatchObject({ code: 'rate_limited' })
  expect(client.status).toEqual({ state: 'ready' })
})

test('a provider without a token at a refresh closes the client for good', async () => {
  const [client] = clientOf([ada(60_000), () => null])
  await client.ready
  await client.refresh()
  expect(client.status).toEqual({ state: 'closed', code: 4401, reason: 'logged out', final: true })
  await until(() => connectionIds().length === 0)
})

test('a client without a provider refreshes by the headers of its handshake', async () => {
  const client = stage.client({ WebSocket: WithHeader })
  await client.ready
  await client.refresh()
  expect(endings).toHaveLength(2)
})

test('a refresh without a connection waits for one', async () => {
  const [client] = clientOf([ada(60_000), ada(60_000)], { connect: false })
  client.open()
  await client.refresh()
  expect(endings).toHaveLength(2)
})
