import { Hub } from '@wshub/core'
import type { AddressInfo } from 'node:net'
import { cookiesOf } from '../support/cookies.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'
import { kinds, type RefreshedApp, type Watch } from './apps.js'
import { CountingStore } from './counting-store.js'

describe.each(kinds.filter(({ stored }) => stored))('$name', ({ start }) => {
  let hub: Hub
  let app: RefreshedApp
  let watch: Watch

  beforeEach(async () => {
    hub = new Hub({ revalidate: { every: 50 }, warnings: false, onError: () => {} })
    watch = { store: new CountingStore(), runs: [], log: [], gauge: 0 }
    app = await start(hub, watch)
  })

  afterEach(async () => {
    await hub.close({ within: 0 })
    await app.close()
  })

  const url = (path: string): string => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`

  async function page(path: string, cookie = ''): Promise<string> {
    const response = await fetch(url(path), { headers: { Cookie: cookie } })
    await response.text()
    return cookiesOf(response)
  }

  const sessions = (): string[] => [...watch.store.sessions.values()].filter((text) => text.includes('ann'))

  test('a logout while a repeated handshake is in progress is not undone by it', async () => {
    const cookie = await page('/login')
    const client = await WsClient.open(url('/ws').replace('http', 'ws'), { headers: { Cookie: cookie } })
    await until(() => watch.log.includes('/ws 204'))
    await until(() => watch.gauge === 0)
    const held = watch.store.holdNextRead()
    await held.begun
    expect(sessions()).toHaveLength(1)
    await page('/logout', cookie)
    const { length } = watch.log
    expect(sessions()).toEqual([])
    held.release()
    expect(await client.closed).toEqual({ code: 4401, reason: 'revoked' })
    expect(watch.log.slice(length).map((line) => line.split(' ')[1])).toEqual(['204', '401'])
    expect(sessions()).toEqual([])
  })
})
