import type { Server } from 'node:http'
import { Router } from '../src/index.js'
import { connect, type TestClient } from '../src/testing/index.js'
import { admitTo, newUpgrader, openServer, undoAll, undoLater } from './upgrade-server.js'

// What an upgrader answers when the handshake of one of its connections is repeated.

afterEach(undoAll)

const ROUTED = { router: new Router() }

async function clientOf(server: Server, headers: Record<string, string> = {}): Promise<TestClient> {
  const client = await connect(server, '/', { headers })
  undoLater(() => client.terminate())
  return client
}

test('a refresh through the route of the connection keeps it open', async () => {
  const { hub, admit } = newUpgrader({}, ROUTED)
  const { server } = await openServer((request, response) => void admit(request, response))
  const client = await clientOf(server)
  expect(await client.request('hub:refresh')).toEqual({})
  expect(hub.connections.size).toBe(1)
})

test('a refresh is refused with not_repeatable if the route belongs to another hub by then', async () => {
  const first = newUpgrader({}, ROUTED)
  const second = newUpgrader({}, ROUTED)
  let current = first
  const statuses: number[] = []
  const { server } = await openServer((request, response) => {
    void current.admit(request, response).then(() => statuses.push(response.statusCode))
  })
  const client = await clientOf(server)
  current = second
  await expect(client.request('hub:refresh')).rejects.toMatchObject({ code: 'not_repeatable' })
  expect(statuses).toEqual([101, 421])
  expect([first.hub.connections.size, second.hub.connections.size]).toEqual([1, 0])
})

test('a refresh of a page is refused with 403 if the route does not accept its origin any more', async () => {
  const origin = 'https://page.example'
  const { hub, admit } = newUpgrader({ origins: [origin] }, ROUTED)
  const narrowed = admitTo(hub, { origins: ['https://other.example'] })
  let route = admit
  const statuses: number[] = []
  const { server } = await openServer((request, response) => {
    void route(request, response).then(() => statuses.push(response.statusCode))
  })
  const client = await clientOf(server, { origin })
  route = narrowed
  await expect(client.request('hub:refresh')).rejects.toMatchObject({ code: 'forbidden' })
  expect(statuses).toEqual([101, 403])
})

test.each([
  ['throws', () => Promise.reject(new Error('No.'))],
  ['returns no identity', () => 'ann' as never],
])('a refresh fails if describe %s', async (_, describe) => {
  const { hub, admit } = newUpgrader({}, ROUTED)
  let first = true
  const { server } = await openServer((request, response) => {
    void admit(request, response, first ? undefined : describe)
    first = false
  })
  const client = await clientOf(server)
  await expect(client.request('hub:refresh')).rejects.toMatchObject({ code: 'refresh_failed' })
  expect(hub.connections.size).toBe(1)
})
