import { connect, createSecureServer, createServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Hub } from '@wshub/core'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade as fastifyUpgrade } from '@wshub/fastify'
import { attach, upgrade } from '@wshub/koa'
import Fastify, { type FastifyInstance } from 'fastify'
import Koa2 from 'koa2'
import Koa3 from 'koa3'
import { tls } from '../support/certificate.js'
import { WsClient } from '../support/ws-client.js'

/** A server with a hub at every path, over HTTP/2 in clear text, or over TLS with HTTP/2 and HTTP/1.1. */
type Serve = (hub: Hub, secure: boolean) => Promise<{ readonly port: number; readonly close: () => unknown }>

const koa =
  (Koa: typeof Koa3): Serve =>
  async (hub, secure) => {
    const app = new Koa().use(upgrade(hub))
    const handler = app.callback()
    const listener = (...args: Parameters<typeof handler>): void => void handler(...args)
    const server = secure ? createSecureServer({ allowHTTP1: true, ...tls }, listener) : createServer(listener)
    attach(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  }

const fastify: Serve = async (hub, secure) => {
  const https = { allowHTTP1: true, ...tls }
  const app = (secure ? Fastify({ http2: true, https }) : Fastify({ http2: true })) as unknown as FastifyInstance
  await app.register(wshub)
  app.get('/ws', fastifyUpgrade(hub))
  app.get('/flagged', { websocket: true }, fastifyUpgrade(hub))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
}

async function ask(url: string, path: string): Promise<{ headers: IncomingHttpHeaders; body: string }> {
  const session = connect(url, { rejectUnauthorized: false })
  try {
    const stream = session.request({ ':path': path })
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) =>
      stream.once('response', resolve).once('error', reject),
    )
    let body = ''
    for await (const chunk of stream) body += String(chunk)
    return { headers, body }
  } finally {
    session.close()
  }
}

describe.each<[string, Serve, string[]]>([
  ['koa 2', koa(Koa2 as unknown as typeof Koa3), ['/ws']],
  ['koa 3', koa(Koa3), ['/ws']],
  ['fastify 5', fastify, ['/ws', '/flagged']],
])('an upgrade route over HTTP/2 on %s', (_, serve, paths) => {
  test.each([true, false])(
    'the refusal of an upgrade over HTTP/2 has no connection-specific headers, TLS: %s',
    async (secure) => {
      const hub = new Hub()
      const { port, close } = await serve(hub, secure)
      for (const path of paths) {
        const { headers, body } = await ask(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, path)
        expect(headers[':status']).toBe(426)
        expect([headers['upgrade'], headers['connection']]).toEqual([undefined, undefined])
        expect(body).toContain('HTTP/1.1')
      }
      await close()
    },
  )

  test('a client over HTTP/1.1 to an HTTP/2 server is accepted', async () => {
    const hub = new Hub({ onMessage: (connection, data) => connection.send(data) })
    const { port, close } = await serve(hub, true)
    for (const path of paths) {
      const client = await WsClient.open(`wss://127.0.0.1:${port}${path}`, { rejectUnauthorized: false })
      expect(await client.send('hi').received(1)).toEqual(['hi'])
    }
    await hub.close()
    await close()
  })
})
