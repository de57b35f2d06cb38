import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { Hub, Router } from '@wshub/core'
import { MemoryNetwork } from '@wshub/core/testing'
import { attach, upgrade } from '@wshub/express'
import { TcpProxy } from '../support/tcp-proxy'

const ROOM = 'feed'
/** Milliseconds between two messages: 15 a second. */
const PACE = 66

const router = new Router().handle('echo', ({ payload }) => payload)

/** The client as a page gets it without a bundler. */
const bundle = readFileSync(join(__dirname, '../../packages/client/dist/browser.js'), 'utf8')

/**
 * A page that holds a room. A server emits 1, 2, 3 … to the room, 15 a second. A test may kill the server and start it again;
 * the history survives, as one in Redis would. The page keeps the messages that it has across a reload.
 */
const PAGE = `<!doctype html><title>feed</title><link rel="icon" href="data:,"><script type="module">
import { Client } from '/client.js'
const kept = JSON.parse(sessionStorage.getItem('kept') ?? '{}')
const { searchParams } = new URL(location.href)
const token = searchParams.has('renews') && (async () => (window.asked = (window.asked ?? 0) + 1, String(Date.now())))
const client = new Client('/ws?' + searchParams, {
  reconnect: { firstWait: 300, maxWait: 600 },
  ...(token && { token }),
})
const room = client.room('${ROOM}', { from: kept.position })
Object.assign(window, { client, room, got: kept.got ?? [], resets: [], answers: [], errors: [] })
room.on('n', (n) => got.push(n))
room.onReset((reason) => resets.push(reason))
client.onError((error) => errors.push(String(error)))
addEventListener('pagehide', () => sessionStorage.setItem('kept', JSON.stringify({ got, position: room.position })))
let asked = 0
setInterval(async () => {
  const n = asked++
  answers[n] = 'waits'
  answers[n] = await client.request('echo', n, { retry: true, timeout: 60_000 }).catch((error) => error.code)
}, 200)
</script>`

export class ClientSite {
  readonly proxy: TcpProxy
  /** The last message that was emitted. */
  head = 0
  hub!: Hub
  readonly #network = new MemoryNetwork()
  #server!: Server
  #port = 0
  readonly #pace = setInterval(() => this.#emit(), PACE)

  private constructor(proxy: TcpProxy) {
    this.proxy = proxy
  }

  static async open(): Promise<ClientSite> {
    const site = new ClientSite(await TcpProxy.to(0))
    await site.start()
    return site
  }

  get url(): string {
    return this.proxy.url
  }

  /** Starts a server on the port of the last one. */
  async start(): Promise<void> {
    this.hub = new Hub({ router, broker: this.#network.broker(), onError: () => undefined })
    this.hub.createRoom(ROOM, { history: { size: 10_000 }, authorize: () => true })
    const app = express()
    app.get('/', (_, response) => void response.type('html').send(PAGE))
    app.get('/elsewhere', (_, response) => void response.type('html').send('<title>elsewhere</title>'))
    app.get('/client.js', (_, response) => void response.type('text/javascript').send(bundle))
    app.get(
      '/ws',
      upgrade(this.hub, ({ query }) => (query['lasts'] ? { expiresAt: Date.now() + Number(query['lasts']) } : {})),
    )
    this.#server = createServer(app)
    attach(this.#server, { bearerProtocol: true, refusals: 'close' })
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    this.proxy.retarget(this.#port)
  }

  /** Stops the server without close frames. */
  async kill(): Promise<void> {
    for (const connection of this.hub.connections.values()) connection.terminate()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async close(): Promise<void> {
    clearInterval(this.#pace)
    await this.hub.close({ within: 0 })
    this.#server.closeAllConnections()
    this.#server.close()
    await this.proxy.close()
  }

  #emit(): void {
    this.head += 1
    this.hub.room(ROOM).emit('n', this.head)
  }
}
