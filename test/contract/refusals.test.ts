import { handshake } from '../support/request.js'
import { refusal } from '../support/ws-client.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const LARGE = 'refused '.repeat(50_000)
describe.each(hosts)('refusals on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('a 401 with its body and its headers reaches the client whole', async () => {
    const chat = hub()
    const server = await app((it) => {
      it.use(() => ({ status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="chat"' }, body: '{"error":"token"}' }))
      it.ws('/chat', chat)
    })
    const answer = await raw(server, handshake('/chat')).answer()
    expect([answer?.status, answer?.body]).toEqual([401, '{"error":"token"}'])
    expect(answer?.header('www-authenticate')).toBe('Bearer realm="chat"')
    expect(answer?.header('connection')).toBe('close')
    expect(answer?.header('content-length')).toBe('17')
    expect((await refusal(ws(server, '/chat'))).body).toBe('{"error":"token"}')
    expect(chat.stats().opened).toBe(0)
  })

  test('a large refusal arrives whole', async () => {
    const server = await app((it) => it.ws('/locked', hub(), { before: [() => ({ status: 403, body: LARGE })] }))
    const { status, body } = await refusal(ws(server, '/locked'))
    expect(status).toBe(403)
    expect(body === LARGE).toBe(true)
  })

  test('a large refusal arrives whole at a client that reads slowly', async () => {
    const server = await app((it) => it.ws('/locked', hub(), { before: [() => ({ status: 403, body: LARGE })] }))
    const client = raw(server, handshake('/locked'))
    client.socket.on('data', () => {
      client.socket.pause()
      // The client reads one chunk every 100 ms.
      setTimeout(() => client.socket.resume(), 100)
    })
    const answer = await client.answer()
    expect(answer?.status).toBe(403)
    expect(answer?.body === LARGE).toBe(true)
  })

  test('a refusal arrives whole at a client that keeps sending', async () => {
    const server = await app((it) => it.ws('/locked', hub(), { before: [() => ({ status: 403, body: LARGE })] }))
    const client = raw(server, handshake('/locked'))
    client.socket.pause()
    for (let part = 0; part < 200; part += 1) client.send('x'.repeat(10_000))
    await new Promise((resolve) => client.socket.write('x', resolve))
    client.socket.resume()
    const answer = await client.answer()
    expect(answer?.status).toBe(403)
    expect(answer?.body === LARGE).toBe(true)
  })

  test('a streamed refusal arrives whole at a client that reads slowly', async () => {
    const server = await app((it) => {
      it.ws('/stream', hub(), {
        before: [
          async ({ req, res }) => {
            res.writeHead(403, { 'Content-Type': 'text/plain' })
            for (let part = 0; part < 400; part += 1) {
              const room = res.write(`${part}:`.padEnd(64 * 1024, '.'))
              if (!room) await new Promise((resolve) => res.once('drain', resolve))
              most = Math.max(most, res.writableLength + req.socket.writableLength)
            }
            res.end('the end')
            await new Promise<never>(() => {})
          },
        ],
      })
    })
    let most = 0
    const client = raw(server, handshake('/stream'))
    client.socket.once('data', () => {
      client.socket.pause()
      // The client reads nothing for 300 ms, while the app keeps writing.
      setTimeout(() => client.socket.resume(), 300)
    })
    const answer = await client.answer()
    expect(answer?.status).toBe(403)
    expect(answer?.body.length).toBe(400 * 64 * 1024 + 7)
    expect(answer?.body.endsWith('the end')).toBe(true)
    expect(most).toBeLessThan(1024 * 1024)
  })
})
