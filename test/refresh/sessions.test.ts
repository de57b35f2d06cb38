import type { AddressInfo } from 'node:net'
import { Hub, HubError } from '@wshub/core'
import { cookiesOf } from '../support/cookies.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'
import { kinds, type RefreshedApp, type Watch } from './apps.js'
import { CountingStore } from './counting-store.js'

const EVERY_MS = 50

describe.each(kinds)('$name', ({ start, stored }) => {
  let hub: Hub
  let app: RefreshedApp
  let watch: Watch
  let failures: unknown[]

  beforeEach(async () => {
    failures = []
    hub = new Hub({ revalidate: { every: EVERY_MS }, onError: (error) => void failures.push(error), warnings: false })
    watch = { store: new CountingStore(), runs: [], log: [], gauge: 0 }
    app = await start(hub, watch)
  })

  afterEach(async () => {
    await hub.close({ within: 0 })
    await app.close()
  })

  const url = (path: string): string => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`

  async function login(): Promise<string> {
    const response = await fetch(url('/login'))
    await response.text()
    return cookiesOf(response)
  }

  const connect = (cookie: string): Promise<WsClient> =>
    WsClient.open(url('/ws').replace('http', 'ws'), { headers: { Cookie: cookie } })

  /** Resolves once this many more handshakes were repeated and answered. */
  async function runs(count: number): Promise<void> {
    const before = watch.runs.length
    await until(() => watch.runs.length >= before + count)
    await until(() => watch.gauge === 0)
  }

  test('a repeated handshake reads the session and neither saves, touches nor destroys it', async () => {
    const client = await connect(await login())
    await runs(1)
    const [before, sessions] = [watch.store.writes, watch.store.sessions.size]
    await runs(3)
    expect([watch.store.writes, watch.store.sessions.size]).toEqual([before, sessions])
    expect(watch.log.filter((line) => line === '/ws 204').length).toBeGreaterThanOrEqual(3)
    expect(watch.log).not.toContain('aborted')
    expect([watch.gauge, failures, client.socket.readyState]).toEqual([0, [], client.socket.OPEN])
    client.socket.terminate()
  })

  if (!stored) return

  test('a session that is destroyed closes its connection with 4401 and is not revived', async () => {
    const cookie = await login()
    const client = await connect(cookie)
    await runs(1)
    await (await fetch(url('/logout'), { headers: { Cookie: cookie } })).text()
    expect(await client.closed).toEqual({ code: 4401, reason: 'revoked' })
    expect([...watch.store.sessions.values()].filter((text) => text.includes('ann'))).toEqual([])
  })

  test('a store that fails closes no connection, and each failed run is reported', async () => {
    const client = await connect(await login())
    await runs(1)
    watch.store.down = true
    await until(() => failures.length >= 3)
    watch.store.down = false
    expect(failures[0]).toBeInstanceOf(HubError)
    failures.length = 0
    await runs(3)
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    client.socket.terminate()
  })
})
