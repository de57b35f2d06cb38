import type { ClusterReplies } from '../src/cluster/cluster-requests.js'
import { clusterStats } from '../src/observability/cluster-stats.js'
import { newCounters } from '../src/observability/counters.js'
import { durationsOf } from '../src/observability/durations.js'
import type { HubStats } from '../src/observability/stats.js'

// The sums over the stats of all servers, which may run other versions or answer with invalid data.

const HERE: HubStats = {
  name: 'chat',
  server: 'here',
  host: 'host',
  pid: 1,
  startedAt: 1000,
  connections: 1,
  users: 1,
  rooms: 2,
  streams: 3,
  ...newCounters(),
  opened: 5,
  received: 7,
  refused: {},
  rejected: { rate_limited: 2 },
  closed: { 1000: 3, other: 1 },
  handshakes: { 101: 5 },
  traffic: { messagesIn: 1, bytesIn: 2, messagesOut: 3, bytesOut: 4 },
  types: { 'chat:say': 5 },
  pressure: { paused: 1, stalled: 2 },
  memory: { limit: 9, used: 6, queued: 1, handling: 1, sending: 1, receiving: 1, headers: 1, rooms: 1, early: 0 },
}

/** The same server without anything that is summed. */
const NOTHING = {
  connections: 0,
  users: 0,
  rooms: 0,
  streams: 0,
  opened: 0,
  received: 0,
  refused: {},
  rejected: {},
  closed: {},
  handshakes: {},
  traffic: { messagesIn: 0, bytesIn: 0, messagesOut: 0, bytesOut: 0 },
  types: {},
  pressure: { paused: 0, stalled: 0 },
  memory: { limit: 0, used: 0, queued: 0, handling: 0, sending: 0, receiving: 0, headers: 0, rooms: 0, early: 0 },
}

/** The answers of the other servers, and the time for which they were awaited. */
function others(payloads: unknown[], complete = true) {
  const waited: number[] = []
  const unanswered = complete ? [] : ['silent']
  const reports = async (
    _: unknown,
    timeout: number,
  ): Promise<Pick<ClusterReplies, 'payloads' | 'unanswered' | 'complete'>> => {
    waited.push(timeout)
    return { payloads, unanswered, complete }
  }
  return { waited, survey: { reports } }
}

const NUMBERS = { connections: 11, users: 2, rooms: 4, opened: 10, received: 14 }

test('stats of several servers add every number and every key of the tables', async () => {
  const there = {
    ...HERE,
    connections: 10,
    closed: { 1000: 1, 4401: 2 },
    refused: { hub_full: 4 },
    types: { 'hub:other': 1 },
  }
  const { survey, waited } = others([there])
  expect(await clusterStats(survey, HERE)).toEqual({
    ...HERE,
    ...NUMBERS,
    streams: 6,
    refused: { hub_full: 4 },
    rejected: { rate_limited: 4 },
    closed: { 1000: 4, 4401: 2, other: 1 },
    handshakes: { 101: 10 },
    traffic: { messagesIn: 2, bytesIn: 4, messagesOut: 6, bytesOut: 8 },
    types: { 'chat:say': 5, 'hub:other': 1 },
    pressure: { paused: 2, stalled: 4 },
    memory: { limit: 18, used: 12, queued: 2, handling: 2, sending: 2, receiving: 2, headers: 2, rooms: 2, early: 0 },
    partial: false,
    unanswered: [],
    outdated: [],
    servers: [HERE, there],
  })
  expect(waited).toEqual([1000])
})

test('a server that has not answered is listed as missing, after the chosen time', async () => {
  const { survey, waited } = others([], false)
  expect(await clusterStats(survey, HERE, { timeout: 50 })).toEqual({
    ...HERE,
    partial: true,
    unanswered: ['silent'],
    outdated: [],
    servers: [HERE],
  })
  expect(waited).toEqual([50])
})

test.each([[undefined], [null], ['junk'], [5]])('an answer that is %p is no server', async (answer) => {
  const { servers } = await clusterStats(others([answer]).survey, HERE)
  expect(servers).toEqual([HERE])
})

test('a figure that a server leaves out counts as nothing, and a figure that only it has is not counted', async () => {
  const odd = {
    server: 'odd',
    connections: 'many',
    users: 3,
    closed: { 1000: 'x', 1001: 1 },
    rejected: 'no',
    refused: null,
    rest: 9,
  }
  const { servers, partial, unanswered: _, outdated, ...sums } = await clusterStats(others([odd]).survey, HERE)
  expect(servers[1]).toEqual({
    ...HERE,
    server: 'odd',
    host: '',
    pid: 0,
    startedAt: 0,
    ...NOTHING,
    users: 3,
    closed: { 1000: 0, 1001: 1 },
  })
  expect([outdated, partial]).toEqual([['odd'], true])
  expect(sums).toEqual({ ...HERE, users: 4, closed: { 1000: 3, 1001: 1, other: 1 } })
})

test('a server without the state of a broker and without handler times is not outdated, and neither is added', async () => {
  const broker = { state: 'connected', since: 5, restored: 1 } as const
  const handlers = { ...durationsOf([1], 0.05), types: { 'chat:say': durationsOf([1], 0.05) } }
  const { partial, outdated, ...sums } = await clusterStats(others([HERE]).survey, { ...HERE, broker, handlers })
  expect([partial, outdated]).toEqual([false, []])
  expect([sums.broker, sums.handlers?.count]).toEqual([broker, 1])
})

test('a table key with the name of an inherited property is counted', async () => {
  const there = { ...HERE, refused: { constructor: 1, toString: 2 } }
  const { refused } = await clusterStats(others([there, there]).survey, HERE)
  expect(refused).toEqual({ constructor: 2, toString: 4 })
})

test('the times of handlers are added by bucket and by type, and percentiles come from the sums', async () => {
  const fast = durationsOf([99, 0, 0], 5)
  const slow = durationsOf([0, 0, 99], 40)
  const times = (one: typeof fast) => ({ ...one, types: { 'chat:say': one } })
  const there = { ...HERE, handlers: times(slow) }
  const { handlers } = await clusterStats(others([there]).survey, { ...HERE, handlers: times(fast) })
  expect(handlers?.types['chat:say']).toMatchObject({ count: 198, total: 45, p50: 0.1 })
  expect(handlers?.p99).toBeGreaterThan(0.25)
})

test('the times of a type that only one of two servers has measured are those of this server', async () => {
  const [one, other] = [durationsOf([2], 0.1), durationsOf([0, 3], 0.6)]
  const there = { ...HERE, handlers: { ...other, types: { other } } }
  const { handlers } = await clusterStats(others([there]).survey, { ...HERE, handlers: { ...one, types: { one } } })
  expect([handlers?.types['one']?.count, handlers?.types['other']?.count, handlers?.count]).toEqual([2, 3, 5])
})

test('handler times are missing while no server has measured any, and handlers: true starts the measurement', async () => {
  const asked: unknown[] = []
  const reports = async (about: unknown) => {
    asked.push(about)
    return { payloads: [{ ...HERE, handlers: { types: null } }], unanswered: [], complete: true }
  }
  const stats = await clusterStats({ reports }, HERE)
  await clusterStats({ reports }, HERE, { handlers: true })
  expect([stats, ...stats.servers].filter((one) => 'handlers' in one)).toEqual([])
  expect(asked).toEqual([{ handlers: false }, { handlers: true }])
})

test.each([
  [
    { state: 'connecting', since: 5, restored: 1 },
    { state: 'connecting', since: 5, restored: 1 },
  ],
  [
    { state: 'connected', since: 5, restored: 1 },
    { state: 'connected', since: 5, restored: 1 },
  ],
  [
    { state: 'down', since: 5 },
    { state: 'down', since: 5, restored: 0 },
  ],
  [{ state: 'asleep', since: 5 }, undefined],
  [{ state: 'down', since: 'now' }, undefined],
])('the broker state %j of a server is shown as %j', async (broker, shown) => {
  const { servers } = await clusterStats(others([{ ...HERE, broker }]).survey, HERE)
  expect(servers[1]?.broker).toEqual(shown)
})

test('handler times of a server that are not numbers are ignored', async () => {
  const said = [{ types: { a: { buckets: 'x', total: 'y' } } }, { types: 5 }, null].map((handlers) => ({
    ...HERE,
    handlers,
  }))
  const { handlers } = await clusterStats(others(said).survey, HERE)
  expect(handlers).toMatchObject({ count: 0, total: 0, p50: 0, p99: 0 })
})
