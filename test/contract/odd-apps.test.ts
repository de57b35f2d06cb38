import { setImmediate } from 'node:timers/promises'
import { type Fields, handshake, plain } from '../support/request.js'
import { until } from '../support/wait.js'
import { hosts, type Step } from './hosts/index.js'
import { setUp } from './setup.js'

const headers = (count: number): Fields =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, '1']))

describe.each(hosts)('unusual apps on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test.each<[string, (leave: Parameters<Step>[0]) => unknown]>([
    ['the socket', ({ req }) => req.socket.destroy()],
    ['the request', ({ req }) => req.destroy()],
    ['the response', ({ res }) => res.destroy()],
  ])('an app that destroys %s closes the connection, and the hub opens none', async (_, leave) => {
    const chat = hub({ limits: { maxConnections: 1 } })
    let closed = false
    const server = await app((it) => {
      it.ws('/cut', chat, {
        before: [
          async (ask) => {
            ask.res.once('close', () => (closed = true))
            leave(ask)
            await setImmediate()
          },
        ],
      })
      it.ws('/chat', chat)
    })
    expect(await raw(server, handshake('/cut'), { timeout: 2000 }).answer()).toBeUndefined()
    await until(() => closed)
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('a timeout of the response answers an upgrade as it answers a page', async () => {
    const server = await app((it) => {
      it.use(({ res }) => {
        res.setTimeout(50, () => res.writeHead(504).end('too slow'))
        return new Promise<never>(() => {})
      })
      it.ws('/chat', hub())
    })
    for (const bytes of [plain('/chat'), handshake('/chat')]) {
      const answer = await raw(server, bytes, { timeout: 2000 }).answer()
      expect([answer?.status, answer?.body]).toEqual([504, 'too slow'])
    }
  })

  test('a timeout that was set for the handshake does not end the connection', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => {
      it.use(({ res }) => void res.setTimeout(50))
      it.get('/slow', ({ res }) => {
        res.setTimeout(50, () => res.writeHead(504).end('too slow'))
        return new Promise<never>(() => {})
      })
      it.ws('/chat', chat)
    })
    const client = await ws(server, '/chat')
    // A later page request with the same timeout has timed out.
    expect(await raw(server, plain('/slow')).status()).toBe(504)
    expect(await client.send('still here').received(1)).toEqual(['still here'])
  })

  test('an upgrade gets its answer after early hints', async () => {
    const chat = hub()
    const server = await app((it) => {
      it.use(({ res }) => res.writeEarlyHints({ link: '</style.css>; rel=preload' }))
      it.ws('/chat', chat)
    })
    const client = raw(server, handshake('/chat'))
    expect(await client.status()).toBe(103)
    expect(await client.status()).toBe(101)
    expect(chat.stats().opened).toBe(1)
  })

  test('a client is not accepted if the app has begun another answer', async () => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await app((it) => {
      it.ws('/streamed', chat, {
        before: [
          ({ res }) => {
            res.writeHead(200, { 'Content-Type': 'text/plain' })
            res.write('begun')
          },
        ],
      })
      it.ws('/chat', chat)
    })
    const client = raw(server, handshake('/streamed'), { timeout: 2000 })
    const received: Buffer[] = []
    client.socket.on('data', (chunk) => received.push(chunk))
    await client.answer().catch(() => undefined)
    expect(Buffer.concat(received).toString()).not.toContain('101 Switching')
    expect(chat.stats().opened).toBe(0)
    await ws(server, '/chat')
  })

  test('a header that is not ASCII is sent on the 101 with the same bytes as on a page', async () => {
    const server = await app((it) => {
      it.use(({ set }) => set('X-Name', 'é ÿ'))
      it.get('/empty', () => ({}))
      it.ws('/chat', hub())
    })
    const page = await raw(server, plain('/empty')).answer()
    const socket = await raw(server, handshake('/chat')).answer()
    expect([page?.header('x-name'), socket?.header('x-name')]).toEqual(['é ÿ', 'é ÿ'])
  })

  test('the client gets a status that middleware changes just before the head is sent', async () => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await app((it) => {
      it.ws('/late', chat, {
        before: [
          ({ res }) => {
            const writeHead = res.writeHead.bind(res)
            res.writeHead = () => writeHead(418)
          },
        ],
      })
      it.ws('/chat', chat)
    })
    expect(await raw(server, handshake('/late')).status()).toBe(418)
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('connection.request has the full path of the request, however deeply its route is nested', async () => {
    const chat = hub()
    const server = await app((it) => {
      it.scope('/one', (one) => one.scope('/two', (two) => two.ws('/chat/:room', chat)))
    })
    await ws(server, '/one/two/chat/tea?x=1')
    expect([...chat.connections.values()].map((one) => one.handshake.url)).toEqual(['/one/two/chat/tea?x=1'])
  })

  test.each([64, 100])(
    'a request with more headers than the maxHeadersCount %i of the server is refused before the app runs',
    async (limit) => {
      let seen = 0
      const server = await app((it) => it.use(() => void (seen += 1)), {
        before: (it) => void (it.maxHeadersCount = limit),
      })
      expect(await raw(server, handshake('/chat', { fields: headers(limit + 40) })).status()).toBe(431)
      expect(seen).toBe(0)
      expect(await raw(server, handshake('/chat', { fields: headers(limit - 10) })).status()).toBe(404)
    },
  )

  test('origins of attach() apply to every route', async () => {
    const origins = ['https://other.example.com']
    const server = await app((it) => it.ws('/chat', hub()), { attach: { origins } })
    const from = (Origin: string): Promise<number> => raw(server, handshake('/chat', { fields: { Origin } })).status()
    expect(await from('https://other.example.com')).toBe(101)
    expect(await from('http://localhost')).toBe(101)
    expect(await from('https://evil.io')).toBe(403)
  })
})
