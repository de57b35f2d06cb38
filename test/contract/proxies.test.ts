import { handshake } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const FORWARDED = {
  Host: 'inner:3000',
  'X-Forwarded-For': '203.0.113.9',
  'X-Forwarded-Host': 'app.example.com',
  'X-Forwarded-Proto': 'https',
}

describe.each(hosts)('proxies before $name', (host) => {
  const { app, hub, raw } = setUp(host)

  test.each([
    [true, { address: '203.0.113.9', host: 'app.example.com', secure: true }],
    [false, { address: '127.0.0.1', host: 'inner:3000', secure: false }],
  ])(
    'forwarded headers decide the address, host and scheme of a handshake only if the proxy is trusted (%s)',
    async (trustProxy, expected) => {
      const chat = hub()
      const server = await app((it) => it.ws('/chat', chat), { trustProxy })
      expect(await raw(server, handshake('/chat', { fields: FORWARDED })).status()).toBe(101)
      const [connection] = chat.connections.values()
      expect(connection?.handshake).toMatchObject(expected)
    },
  )

  test.each([
    ['https://app.example.com', true, 101],
    ['https://app.example.com', false, 403],
    ['http://inner:3000', true, 403],
    ['http://inner:3000', false, 101],
  ])(
    'a handshake from a page of %s behind a proxy that is trusted (%s) gets %i',
    async (Origin, trustProxy, status) => {
      const chat = hub()
      const server = await app((it) => it.ws('/chat', chat), { trustProxy })
      expect(await raw(server, handshake('/chat', { fields: { ...FORWARDED, Origin } })).status()).toBe(status)
    },
  )

  test('a client cannot evade maxConnectionsPerAddress with a forwarded header if no proxy is trusted', async () => {
    const chat = hub({ limits: { maxConnectionsPerAddress: 2 } })
    const server = await app((it) => it.ws('/chat', chat))
    const statuses: number[] = []
    for (let index = 0; index < 4; index += 1) {
      const fields = { 'X-Forwarded-For': `203.0.113.${index}`, Forwarded: `for=198.51.100.${index}` }
      statuses.push(await raw(server, handshake('/chat', { fields })).status())
    }
    expect(statuses).toEqual([101, 101, 429, 429])
  })

  test('maxConnectionsPerAddress counts by forwarded address behind a trusted proxy', async () => {
    const chat = hub({ limits: { maxConnectionsPerAddress: 1 } })
    const server = await app((it) => it.ws('/chat', chat), { trustProxy: true })
    const come = (from: string): Promise<number> =>
      raw(server, handshake('/chat', { fields: { 'X-Forwarded-For': from } })).status()
    expect(await come('203.0.113.1')).toBe(101)
    expect(await come('203.0.113.2')).toBe(101)
    expect(await come('203.0.113.1')).toBe(429)
    expect(await come('2001:db8:1:2::1')).toBe(101)
    expect(await come('2001:db8:1:2:ffff::9')).toBe(429)
    expect(await come('::ffff:203.0.113.2')).toBe(429)
  })

  test.each(['', 'unknown', '::::', '[::1]:80', '127.0.0.1:80', '_hidden', 'x'.repeat(3000), '1.2.3.4, , 5'])(
    'the forwarded address %j of a trusted proxy does not affect other clients',
    async (from) => {
      const chat = hub({ limits: { maxConnectionsPerAddress: 1 } })
      const server = await app((it) => it.ws('/chat', chat), { trustProxy: true })
      const fields = { 'X-Forwarded-For': from }
      expect(await raw(server, handshake('/chat', { fields })).status()).toBe(101)
    },
  )
})
