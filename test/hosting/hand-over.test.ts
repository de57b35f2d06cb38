import { once } from 'node:events'
import { handOver as ofExpress } from '@wshub/express'
import { handOver as ofKoa } from '@wshub/koa'
import type { Application } from 'express'
import type Koa from 'koa3'
import { type WebSocket, WebSocketServer } from 'ws'
import { type App, expresses, koas, SessionStore } from '../contract/hosts/index.js'
import { login, setUp } from '../contract/setup.js'
import { handshake } from '../support/request.js'

// docs/hosting.md: a route whose clients go to a WebSocketServer of ws.

type Options = Parameters<typeof ofExpress>[1]

/** Puts the route `/other` last on the way of an app. */
function route(app: App, server: WebSocketServer, options?: Options): void {
  if ('get' in (app.native as object)) {
    void (app.native as Application).get('/other', ofExpress(server, options))
    return
  }
  const middleware = ofKoa(server, options)
  ;(app.native as Koa).use((context, next) => (context.path === '/other' ? middleware(context, next) : next()))
}

describe.each([...expresses, ...koas])('a WebSocketServer behind an app on $name', (host) => {
  const { app, ws, raw, later } = setUp(host)

  /** A server that echoes. */
  function other(): WebSocketServer {
    const server = new WebSocketServer({ noServer: true })
    later(() => server.clients.forEach((client) => client.terminate()))
    return server.on('connection', (client) =>
      client.on('message', (data) => client.send(data as Buffer, { binary: false })),
    )
  }

  test('the WebSocketServer gets clients that are logged in, and its 101 has the headers of the app', async () => {
    const server = other()
    const running = await app((it) => {
      it.sessions(new SessionStore())
      it.get('/login', ({ session }) => void (session['user'] = 'ada'))
      it.use(({ session, set, cookie }) => {
        if (session['user'] !== 'ada') return { status: 401, body: 'who are you' }
        set('X-Request-Id', '7')
        cookie('seen', '1')
        return undefined
      })
      route(it, server)
    })
    expect(await raw(running, handshake('/other')).status()).toBe(401)
    const fields = { Cookie: await login(running) }
    const answer = await raw(running, handshake('/other', { fields })).answer()
    expect([answer?.status, answer?.header('x-request-id')]).toEqual([101, '7'])
    expect(answer?.lines.filter((line) => /^set-cookie: seen=1/i.test(line))).toHaveLength(1)
    expect(answer?.lines.filter((line) => /^(?:upgrade|sec-websocket-accept):/i.test(line))).toHaveLength(2)
    const client = await ws(running, '/other', { headers: fields })
    client.socket.send('hello')
    expect(String((await once(client.socket, 'message'))[0])).toBe('hello')
  })

  test('the WebSocketServer gets pages of a foreign origin only if the route lists it', async () => {
    const server = other()
    const running = await app((it) => route(it, server, { origins: ['https://a.example'] }))
    const from = (origin: string) => raw(running, handshake('/other', { fields: { Origin: origin } })).status()
    expect(await from('https://evil.example')).toBe(403)
    expect(await from('https://a.example')).toBe(101)
    expect(server.clients.size).toBe(1)
  })

  test.each([
    ['maxConnections', 503],
    ['maxConnectionsPerAddress', 429],
  ])('%s of the route applies, and a client that closes frees its slot', async (limit, status) => {
    const server = other()
    const running = await app((it) => route(it, server, { [limit]: 1 }), { trustProxy: true })
    const first = await ws(running, '/other')
    const [client] = server.clients as Set<WebSocket>
    expect(await raw(running, handshake('/other')).status()).toBe(status)
    await Promise.all([client && once(client, 'close'), first.close()])
    expect(await raw(running, handshake('/other')).status()).toBe(101)
  })

  test('a plain request to the route of a WebSocketServer is answered 426', async () => {
    const running = await app((it) => route(it, other()))
    expect((await fetch(`${running.url}/other`)).status).toBe(426)
  })
})

test.each([{}, undefined, new WebSocketServer({ server: { on() {} } as never })])(
  'handOver() refuses what is no WebSocketServer with noServer',
  (server) => {
    for (const handOver of [ofExpress, ofKoa]) {
      expect(() => handOver(server as never)).toThrow(
        'handOver() needs a WebSocketServer of ws with the option noServer.',
      )
    }
  },
)
