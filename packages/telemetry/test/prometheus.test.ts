import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hub, HubError, Router } from '@wshub/core'
import { collect } from '@wshub/telemetry/prometheus'
import { Counter, Registry } from 'prom-client'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { scale } from '../../../test/support/scale.js'
import { until } from '../../../test/support/wait.js'
import { METRICS } from '../src/prometheus/hub-samples.js'

afterEach(closeHubServers)

/** The number of types, codes and names that clients invent. */
const HOSTILE = scale(10_000, 1000)

const router = (): Router =>
  new Router()
    .handle('say', () => 'said')
    .handle('fail', ({ payload }) => {
      throw new HubError(String(payload))
    })

/** The sample lines of a registry, without their comments. */
async function linesOf(register: Registry): Promise<string[]> {
  return (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('the metrics of a hub', () => {
  test('a scrape has the counts of the hub, by registered type', async () => {
    const register = new Registry()
    const hubServer = new HubServer({ router: router(), name: 'chat' })
    collect(hubServer.hub, { register })
    const { client } = await hubServer.connect({ user: 'ada' })
    await client.request('say')
    const lines = await linesOf(register)
    expect(lines).toContain('wshub_connections{hub="chat"} 1')
    expect(lines).toContain('wshub_users{hub="chat"} 1')
    expect(lines).toContain('wshub_messages_received_total{hub="chat",type="say"} 1')
    expect(lines).toContain('wshub_traffic_messages_total{hub="chat",direction="in"} 1')
    expect(lines).toContain('wshub_ready{hub="chat"} 1')
    expect(lines.some((line) => line.startsWith('wshub_broker_up'))).toBe(false)
  })

  test('handler times are a histogram from the first scrape on', async () => {
    const register = new Registry()
    const hubServer = new HubServer({ router: router(), name: 'chat' })
    collect(hubServer.hub, { register })
    await register.metrics()
    const { client } = await hubServer.connect()
    await client.request('say')
    const lines = await linesOf(register)
    expect(lines).toContain('wshub_handler_duration_seconds_bucket{hub="chat",type="say",le="+Inf"} 1')
    expect(lines).toContain('wshub_handler_duration_seconds_count{hub="chat",type="say"} 1')
  })

  test('two hubs share the metrics of a registry, and a removed hub is not scraped', async () => {
    const register = new Registry()
    const hubs = [new Hub({ name: 'one' }), new Hub({ name: 'two' })]
    const [stop] = hubs.map((hub) => collect(hub, { register }))
    const open = async (): Promise<string[]> =>
      (await linesOf(register)).filter((line) => line.startsWith('wshub_connections{'))
    expect(await open()).toEqual(['wshub_connections{hub="one"} 0', 'wshub_connections{hub="two"} 0'])
    stop?.()
    expect(await open()).toEqual(['wshub_connections{hub="two"} 0'])
  })

  test('a second hub with the name of the first, and a metric of another library with one of the names, are refused', () => {
    const register = new Registry()
    collect(new Hub({ name: 'chat' }), { register })
    expect(() => collect(new Hub({ name: 'chat' }), { register })).toThrow('another hub called "chat"')
    const taken = new Registry()
    taken.registerMetric(new Counter({ name: 'wshub_errors_total', help: 'x', registers: [] }))
    expect(() => collect(new Hub(), { register: taken })).toThrow('wshub_errors_total')
  })

  test('closed connections and refused handshakes are counted by code', async () => {
    const register = new Registry()
    const hubServer = new HubServer({ name: 'chat', limits: { maxConnections: 1 } })
    collect(hubServer.hub, { register })
    const { client, connection } = await hubServer.connect()
    await hubServer.connect().catch(() => undefined)
    await client.close(1000)
    await connection.closed
    const lines = await linesOf(register)
    expect(lines).toContain('wshub_handshakes_refused_total{hub="chat",code="hub_full"} 1')
    expect(lines).toContain('wshub_connections_closed_total{hub="chat",code="1000"} 1')
  })
})

describe('labels', () => {
  test('types, codes and rooms that clients choose add no label values', async () => {
    const register = new Registry()
    const hubServer = new HubServer({ router: router(), name: 'chat', onError: () => {} })
    collect(hubServer.hub, { register })
    const { client } = await hubServer.connect()
    await client.request('say')
    const before = (await linesOf(register)).length
    for (let n = 0; n < HOSTILE; n += 1) {
      client.send(JSON.stringify({ type: `type ${n}` }))
      client.send(JSON.stringify({ type: 'fail', payload: `code ${n}` }))
      client.send(JSON.stringify({ type: 'hub:join', id: n, payload: { room: `room ${n}` } }))
      if (n % 500 === 0) await until(() => hubServer.hub.stats().traffic.messagesIn >= 3 * n)
    }
    await until(() => hubServer.hub.stats().received >= 2 * HOSTILE, 60_000)
    const lines = await linesOf(register)
    // Types: fail, hub:other. Codes: those of wshub, and other. A histogram for each type.
    expect(lines.length - before).toBeLessThan(60)
    expect(lines.filter((line) => /type \d|code \d|room \d/.test(line))).toEqual([])
  })
})

const read = (path: string): string => readFileSync(join(__dirname, path), 'utf8')

describe('the documentation', () => {
  const names = [...Object.keys(METRICS), 'wshub_handler_duration_seconds', 'wshub_handshakes_total']

  test('the README lists every metric', () => {
    const readme = read('../README.md')
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })

  test('the alert rules name metrics that exist', () => {
    const used = read('../../../docs/alerts.md').match(/wshub_\w+/g) ?? []
    expect(
      used.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')).filter((name) => !names.includes(name)),
    ).toEqual([])
    expect(used.length).toBeGreaterThan(10)
  })
})
