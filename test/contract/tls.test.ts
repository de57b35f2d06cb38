import { tls } from '../support/certificate.js'
import { frame } from '../support/frame.js'
import { handshake, plain } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

describe.each(hosts)('TLS on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('a client over TLS is accepted with its first frame, and its request is secure', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat), { tls })
    await ws(server, '/chat', { rejectUnauthorized: false })
    expect([...chat.connections.values()].map(({ handshake: { secure } }) => secure)).toEqual([true])
    const client = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame('hi')]), { tls: true })
    expect(await client.status()).toBe(101)
    expect(await client.texts(1)).toEqual(['hi'])
  })

  test('a refusal over TLS arrives whole', async () => {
    const body = 'refused '.repeat(50_000)
    const server = await app((it) => it.ws('/chat', hub(), { before: [() => ({ status: 401, body })] }), { tls })
    const answer = await raw(server, handshake('/chat'), { tls: true }).answer()
    expect(answer?.status).toBe(401)
    expect(answer?.body === body).toBe(true)
  })

  test('an upgrade over TLS to another protocol is served as an ordinary request', async () => {
    const server = await app((it) => it.fallback(({ req }) => ({ body: `${req.url}` })), { tls })
    const client = raw(server, plain('/one', { fields: { Connection: 'upgrade', Upgrade: 'h2c' } }), { tls: true })
    expect((await client.answer())?.body).toBe('/one')
    expect((await client.send(plain('/two')).answer())?.body).toBe('/two')
  })
})
