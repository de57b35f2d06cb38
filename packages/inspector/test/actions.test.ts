import { closeHubServers } from '../../core/test/hub-server.js'
import { InspectedHubs } from './inspected-hubs.js'

// The actions of the page.

afterEach(closeHubServers)

const HEADER = { 'x-wshub-inspector': '1' }

test('a ping measures the round trip to a client of another server', async () => {
  const hubs = await InspectedHubs.open(2)
  const { id } = await hubs.connect(1)
  const { status, value } = await hubs.act(`/api/ping?id=${id}`)
  expect([status, value]).toEqual([200, { ms: expect.any(Number) }])
})

test('a ping of a connection that no server has measures nothing', async () => {
  const hubs = await InspectedHubs.open(2)
  expect(await hubs.act('/api/ping?id=nobody')).toMatchObject({ status: 200, value: {} })
})

test('a client of another server is disconnected if the app allows actions', async () => {
  const hubs = await InspectedHubs.open(2, { actions: true })
  const { id, client } = await hubs.connect(1)
  expect((await hubs.act(`/api/disconnect?id=${id}`)).status).toBe(202)
  expect(await client.closed).toEqual({ code: 4403, reason: 'disconnected by an operator' })
})

test('the inspector of an app without actions refuses to disconnect', async () => {
  const hubs = await InspectedHubs.open(1)
  const { id } = await hubs.connect(0)
  await expect(hubs.act(`/api/disconnect?id=${id}`)).rejects.toThrow('expected an answer')
  expect(hubs.servers[0]?.hub.connection(id)?.state).toBe('open')
})

test.each([
  ['without the header', {}],
  ['of another site', { ...HEADER, 'sec-fetch-site': 'cross-site' }],
  ['of another host of the same site', { ...HEADER, 'sec-fetch-site': 'same-site' }],
  ['that was typed in', { ...HEADER, 'sec-fetch-site': 'none' }],
  ['of another origin', { ...HEADER, origin: 'https://evil.example', host: 'app.example' }],
  ['of another port', { ...HEADER, origin: 'https://app.example:8443', host: 'app.example' }],
  ['of no origin', { ...HEADER, origin: 'null', host: 'app.example' }],
])('a request %s disconnects nobody and gets 403', async (_, headers) => {
  const hubs = await InspectedHubs.open(1, { actions: true })
  const { id } = await hubs.connect(0)
  const { status, value } = await hubs.act(`/api/disconnect?id=${id}`, headers)
  expect([status, value]).toMatchObject([403, { error: { code: 'forbidden' } }])
  expect(hubs.servers[0]?.hub.connection(id)?.state).toBe('open')
})

test.each([
  [
    'that names its site',
    { ...HEADER, 'sec-fetch-site': 'same-origin', origin: 'https://app.example', host: 'proxied' },
  ],
  ['that names its origin', { ...HEADER, origin: 'https://app.example', host: 'app.example' }],
])('a request of the page %s is accepted', async (_, headers) => {
  const hubs = await InspectedHubs.open(1, { actions: true })
  const { id } = await hubs.connect(0)
  expect((await hubs.act(`/api/disconnect?id=${id}`, headers)).status).toBe(202)
})
