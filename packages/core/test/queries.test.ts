import { inspectionOf } from '../src/internal/index.js'
import type { ServerQueries } from '../src/cluster/server-queries.js'
import { MemoryNetwork } from '../src/testing/index.js'
import { closeHubServers, type HubServer } from './hub-server.js'
import { cluster, idOf, fakeServer } from './other-servers.js'

// Queries of other packages of wshub to the servers of a hub.

afterEach(closeHubServers)

const LONG = { timeout: 600_000 }

function queriesOf({ hub }: HubServer): ServerQueries {
  const inspection = inspectionOf(hub)
  if (!inspection) throw new Error('expected a hub')
  return inspection.queries
}

test('a query is answered by every server, this one first', async () => {
  const hubServers = await cluster(new MemoryNetwork(), 3)
  for (const one of hubServers) queriesOf(one).answer('test', (about) => ({ about, at: idOf(one) }))
  const [one] = hubServers as [HubServer]
  const { answers, complete } = await queriesOf(one).ask('test', 7, LONG)
  const expected = hubServers
    .map(idOf)
    .map((server) => ({ server, state: 'answered', payload: { about: 7, at: server } }))
  expect([answers[0], complete]).toEqual([expected[0], true])
  expect(new Set(answers)).toEqual(new Set(expected))
})

test('a query to one server is answered by that server alone', async () => {
  const [one, two, three] = (await cluster(new MemoryNetwork(), 3)) as [HubServer, HubServer, HubServer]
  for (const each of [one, two, three]) queriesOf(each).answer('test', () => idOf(each))
  for (const asked of [one, three]) {
    const { answers } = await queriesOf(one).ask('test', undefined, { ...LONG, server: idOf(asked) })
    expect(answers).toEqual([{ server: idOf(asked), state: 'answered', payload: idOf(asked) }])
  }
})

test('a query names the servers that do not know it, and those whose answer fails', async () => {
  const [one, two] = (await cluster(new MemoryNetwork(), 2)) as [HubServer, HubServer]
  queriesOf(one).answer('test', () => Promise.reject(new Error('failed')))
  const { answers } = await queriesOf(one).ask('test', undefined, LONG)
  expect(answers).toEqual([one, two].map((each) => ({ server: idOf(each), state: 'refused' })))
})

test('a query lists a living server that does not answer', async () => {
  const network = new MemoryNetwork()
  const [one] = (await cluster(network, 2)) as [HubServer]
  const { id } = await fakeServer(network, () => undefined)
  const { answers, complete } = await queriesOf(one).ask('test', undefined, { timeout: 100 })
  expect(answers).toContainEqual({ server: id, state: 'silent' })
  expect(complete).toBe(false)
})

test('a query to a server that does not exist has no answer', async () => {
  const [one] = (await cluster(new MemoryNetwork(), 2)) as [HubServer]
  const { answers } = await queriesOf(one).ask('test', undefined, { ...LONG, server: 'gone' })
  expect(answers.filter(({ state }) => state === 'answered')).toEqual([])
})

test('a query of an object that is not a hub throws', () => {
  expect(inspectionOf({})).toBeUndefined()
})
