import WebSocket from 'ws'
import type { HubOptions } from '@wshub/core'
import { until } from '../support/wait.js'
import { refusal, WsClient } from '../support/ws-client.js'
import { PROXIES, type Proxy } from './proxies.js'
import type { ProxiedApp, SeenHandshake } from './proxied-app.js'
import { type Configure, hasProxy, ProxyProcess } from './proxy-process.js'

// The configurations of docs/deployment, as they stand there, in the programs that they are for.

const HOST = 'app.example.com'
const ends: (() => unknown)[] = []

afterAll(() => Promise.all(ends.map((end) => end())))

/** A proxy in front of two servers of the app. */
class Deployment {
  readonly servers: readonly [ProxiedApp, ProxiedApp]
  readonly #proxy: ProxyProcess
  readonly #scheme: string

  private constructor(servers: Deployment['servers'], proxy: ProxyProcess, secure: boolean) {
    this.servers = servers
    this.#proxy = proxy
    this.#scheme = secure ? 's' : ''
  }

  static async start(
    { program, serve, configure, secure }: Proxy,
    hubs: { readonly a?: HubOptions; readonly b?: HubOptions } = {},
  ): Promise<Deployment> {
    const servers = [await serve('a', hubs.a), await serve('b', hubs.b)] as const
    const proxy = await ProxyProcess.start(program, [servers[0].port, servers[1].port], configure)
    return new Deployment(servers, proxy, secure)
  }

  /** Opens a connection of ada's from 127.0.0.2, with more headers if they are given. */
  open(headers: Readonly<Record<string, string>> = {}, path = '/ws'): Promise<WsClient> {
    return WsClient.open(`ws${this.#scheme}://127.0.0.1:${this.#proxy.port}${path}`, {
      headers: { Host: HOST, Cookie: 'user=ada', ...headers },
      localAddress: '127.0.0.2',
      rejectUnauthorized: false,
    })
  }

  /** What the app has seen of such a handshake. */
  async seen(headers: Readonly<Record<string, string>> = {}, path = '/ws'): Promise<SeenHandshake> {
    const client = await this.open(headers, path)
    const [text = ''] = await client.received(1)
    await client.close()
    return JSON.parse(text) as SeenHandshake
  }

  origin(host: string): string {
    return `http${this.#scheme}://${host}`
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()))
    await this.#proxy.stop()
  }
}

const present = PROXIES.filter(({ program }) => hasProxy(program))
const suite = present.length > 0 ? describe : describe.skip

suite.each(present.length > 0 ? present : PROXIES)('$program', (proxy) => {
  let deployment: Deployment

  beforeAll(async () => {
    deployment = await Deployment.start(proxy)
    ends.push(() => deployment.close())
  })

  test('the app gets the cookies of a client, and the 101 has those of the app', async () => {
    const client = await deployment.open()
    expect(client.all('set-cookie')).toEqual(['seen=1; Path=/', 'theme=dark; Path=/'])
    const [text = ''] = await client.received(1)
    expect(JSON.parse(text)).toMatchObject({ user: 'ada' })
    await client.close()
  })

  test('the app sees the address, host and protocol of a client that forges headers', async () => {
    const forged = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'ftp' }
    const { address, host, secure } = await deployment.seen(forged)
    expect({ address, host, secure }).toEqual({ address: '127.0.0.2', host: HOST, secure: proxy.secure })
  })

  test('a refused client receives the 401 body of the app', async () => {
    const { status, body } = await refusal(deployment.open({ Cookie: '' }))
    expect([status, JSON.parse(body)]).toEqual([401, { error: 'login first' }])
  })

  test('a page of the host connects, and a page of another host gets 403', async () => {
    expect(await deployment.seen({ Origin: deployment.origin(HOST) })).toMatchObject({ user: 'ada' })
    const { status } = await refusal(deployment.open({ Origin: deployment.origin('evil.example') }))
    expect(status).toBe(403)
  })

  test('a client under the sub-path reaches the route without it', async () => {
    expect(await deployment.seen({}, '/chat/ws')).toMatchObject({ url: '/ws', address: '127.0.0.2', host: HOST })
  })

  test('new clients go to the other server while one shuts down, and no handshake is refused', async () => {
    const [a] = deployment.servers
    const closing = a.hub.close({ notice: proxy.probes ? 5000 : 0, within: 0 })
    ends.push(() => closing)
    const names: string[] = []
    await until(async () => names.push((await deployment.seen()).server) > 0 && isLast(names, 20, 'b'))
    // A proxy that does not probe passes the 503 of a hub that closes on to the other server.
    expect((a.hub.stats().refused['hub_closing'] ?? 0) === 0).toBe(proxy.probes)
  })
})

function isLast(names: readonly string[], count: number, name: string): boolean {
  return names.length >= count && names.slice(-count).every((one) => one === name)
}

/** Connects to both servers. @returns the client of each, by the name of the server */
async function clientsOf(deployment: Deployment): Promise<Map<string, WsClient>> {
  const clients = new Map<string, WsClient>()
  await until(async () => {
    const client = await deployment.open()
    const [text = ''] = await client.received(1)
    clients.set((JSON.parse(text) as SeenHandshake).server, client)
    return clients.size === 2
  })
  return clients
}

/** Loses a connection without pings, and keeps one with pings open for longer. @returns the state of the second */
async function stateAfterTimeout(proxy: Proxy, configure: Configure): Promise<number | undefined> {
  const hubs = { a: { heartbeat: { pingInterval: 300 } }, b: { heartbeat: { pingInterval: 60_000 } } }
  const deployment = await Deployment.start({ ...proxy, configure }, hubs)
  ends.push(() => deployment.close())
  const clients = await clientsOf(deployment)
  let pings = 0
  clients.get('a')?.socket.on('ping', () => (pings += 1))
  expect(await clients.get('b')?.closed).toMatchObject({ code: 1006 })
  const soFar = pings
  await until(() => pings > soFar)
  return clients.get('a')?.socket.readyState
}

const impatient = present.filter((proxy) => proxy.impatient)
const slowSuite = impatient.length > 0 ? describe : describe.skip

slowSuite('proxies with short timeouts', () => {
  // Each takes the time of its timeout.
  test('pings keep a quiet connection open, and one without pings is lost', async () => {
    const states = impatient.map((proxy) => stateAfterTimeout(proxy, proxy.impatient ?? proxy.configure))
    expect(await Promise.all(states)).toEqual(impatient.map(() => WebSocket.OPEN))
  })
})
