import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createProxyMiddleware, type RequestHandler } from 'http-proxy-middleware'
import { RawClient } from '../../support/raw.js'
import { handshake } from '../../support/request.js'
import { WsClient } from '../../support/ws-client.js'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { expressSites, versions } from '../kit/express.js'
import { BackendServer } from '../kit/backend-server.js'
import type { MiddlewareApp } from '../kit/middleware-app.js'

describe.each(versions)('http-proxy-middleware on $name', ({ framework }) => {
  const open = expressSites(framework)

  async function start(
    options = {},
  ): Promise<{ testApp: MiddlewareApp; backend: BackendServer; proxy: RequestHandler }> {
    const backend = new BackendServer()
    const proxy = createProxyMiddleware({ target: await backend.open(), pathFilter: '/live' })
    const testApp = await open(({ app, serve }) => {
      app.use(proxy)
      serve(app, '/me')
    }, options)
    testApp.later(() => backend.close())
    return { testApp, backend, proxy }
  }

  test('http-proxy-middleware serves its pages and the hub its clients on one server', async () => {
    const { testApp, backend } = await start()
    expect((await testApp.page('/live/page')).body).toBe('from backend')
    const { page, socket } = await testApp.both('/me')
    expectSameTreatment(page, socket)
    expect(backend.seen).toEqual(['page /live/page'])
  })

  test('http-proxy-middleware proxies its upgrades if claims matches those of the hub', async () => {
    const { testApp, backend, proxy } = await start({
      claims: ({ url = '' }: { url?: string }) => url.startsWith('/me'),
    })
    testApp.server.on('upgrade', proxy.upgrade)
    const theirs = await WsClient.open(`ws://127.0.0.1:${testApp.port}/live/socket`)
    expect(await theirs.send('hi').received(1)).toEqual(['backend: hi'])
    expect((await testApp.socket('/me')).status).toBe(101)
    theirs.socket.terminate()
    expect(backend.seen).toEqual(['socket /live/socket'])
  })

  // The reason for claims: docs/middleware.md describes proxies on a server without wshub.
  test('http-proxy-middleware on plain Node passes an upgrade on and answers nothing', async () => {
    const backend = new BackendServer()
    const app = framework().use(createProxyMiddleware({ target: await backend.open() }))
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const client = new RawClient(port, { timeout: 300 }).send(handshake('/live'))
    await backend.left
    expect(backend.seen).toEqual(['socket /live'])
    await expect(client.answer()).rejects.toThrow('Nothing came')
    client.socket.destroy()
    backend.close()
    await new Promise((resolve) => server.close(resolve))
  })
})
