import { handshake } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const HOST = 'app.example.com'

const FOREIGN: readonly (string | readonly string[])[] = [
  'https://evil.io',
  'null',
  '',
  `https://${HOST}.evil.io`,
  `https://evil.io/${HOST}`,
  `https://evil.io#${HOST}`,
  `https://evil.io?${HOST}`,
  `https://${HOST}@evil.io`,
  `https://evil.io\\@${HOST}`,
  `https://evil.io\\.${HOST}`,
  `https://not${HOST}`,
  'https://example.com',
  'https://sub.app.example.com',
  `https://${HOST}:8443`,
  `http://${HOST}:8080`,
  `ftp://${HOST}`,
  `file://${HOST}`,
  `chrome-extension://${HOST}`,
  `javascript://${HOST}/%0aalert(1)`,
  HOST,
  `//${HOST}`,
  `https:/${HOST}`,
  `https://${HOST}/`,
  `https://${HOST}/path`,
  `https://user@${HOST}`,
  `https://${HOST} https://evil.io`,
  `https://${HOST}, https://evil.io`,
  `https://evil.io, https://${HOST}`,
  `https://${HOST}%2eevil.io`,
  `https://${HOST}%00.evil.io`,
  'https://app.example.cöm',
  'https://app\u00adexample.com',
  [`https://${HOST}`, `https://${HOST}`],
  [`https://${HOST}`, 'https://evil.io'],
  ['https://evil.io', `https://${HOST}`],
]

const OWN: readonly (readonly [origin: string, host: string])[] = [
  [`https://${HOST}`, HOST],
  [`http://${HOST}`, HOST],
  ['https://APP.Example.COM', HOST],
  [`https://${HOST}`, 'APP.example.com'],
  [`https://${HOST}:443`, HOST],
  [`https://${HOST}`, `${HOST}:443`],
  [`http://${HOST}`, `${HOST}:80`],
  [`http://${HOST}:8080`, `${HOST}:8080`],
  ['http://127.0.0.1:3000', '127.0.0.1:3000'],
  ['http://[::1]:3000', '[::1]:3000'],
]

describe.each(hosts)('origins on $name', (host) => {
  const { app, hub, raw } = setUp(host)
  const handshakeFrom = (origin: string | readonly string[], own = HOST): string =>
    handshake('/chat', { fields: { Host: own, Origin: origin, Cookie: 'session=secret' } })

  test.each(FOREIGN)(
    'a handshake with the origin %j is refused with a 403 that names the origin and the host',
    async (origin) => {
      const chat = hub()
      let described = 0
      const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ data: (described += 1) }) }))
      const answer = await raw(server, handshakeFrom(origin)).answer()
      expect(answer?.status).toBe(403)
      expect(answer?.body).toContain(`"${HOST}"`)
      // Node shows the first value of a repeated header, and text that is not ASCII as its bytes.
      expect(answer?.body).toContain([origin].flat()[0]?.split(/[^\w:/.-]/)[0])
      expect([described, chat.stats().opened]).toEqual([0, 0])
    },
  )

  test.each(OWN)('a page with the origin %s may connect to the host %s', async (origin, own) => {
    const server = await app((it) => it.ws('/chat', hub()))
    expect(await raw(server, handshakeFrom(origin, own)).status()).toBe(101)
  })

  test('a client that sends no Origin is accepted', async () => {
    const server = await app((it) => it.ws('/chat', hub()))
    expect(await raw(server, handshake('/chat')).status()).toBe(101)
  })

  test.each([
    ['https://other.example.com', 101],
    ['https://a.wild.example.com', 101],
    ['https://a.b.wild.example.com', 101],
    ['https://app.example.com', 101],
    ['https://wild.example.com', 403],
    ['https://.wild.example.com', 403],
    ['https://evilwild.example.com', 403],
    ['http://other.example.com', 403],
    ['http://a.wild.example.com', 403],
    ['https://other.example.com:444', 403],
    ['https://other.example.com.evil.io', 403],
    ['https://a.wild.example.com.evil.io', 403],
    ['https://a.wild.example.com@evil.io', 403],
    ['https://evil.io/.wild.example.com', 403],
    ['https://evil.io#.wild.example.com', 403],
    ['null', 403],
  ])('a handshake from %s gets %i from a route with a list of origins', async (origin, status) => {
    const origins = ['https://other.example.com', 'https://*.wild.example.com']
    const onRoute = await app((it) => it.ws('/chat', hub(), { options: { origins } }))
    expect(await raw(onRoute, handshakeFrom(origin)).status()).toBe(status)
  })

  test.each(['https://evil.io', 'null', `https://${HOST}`])(
    'a route with the origins * accepts a handshake from %s',
    async (origin) => {
      const server = await app((it) => it.ws('/chat', hub(), { options: { origins: '*' } }))
      expect(await raw(server, handshakeFrom(origin)).status()).toBe(101)
    },
  )

  test('origins of attach are checked before the app sees anything', async () => {
    let seen = 0
    const server = await app(
      (it) => {
        it.use(() => void (seen += 1))
        it.ws('/chat', hub(), { options: { origins: '*' } })
      },
      { attach: { origins: ['https://other.example.com'] } },
    )
    expect(await raw(server, handshakeFrom('https://evil.io')).status()).toBe(403)
    expect(seen).toBe(0)
    expect(await raw(server, handshakeFrom('https://other.example.com')).status()).toBe(101)
    expect(await raw(server, handshakeFrom(`https://${HOST}`)).status()).toBe(101)
  })

  test('an origin with control characters is escaped in the answer', async () => {
    const server = await app((it) => it.ws('/chat', hub()))
    const answer = await raw(server, handshakeFrom('https://evil.io/<script>\t\x85')).answer()
    expect(answer?.status).toBe(403)
    expect(answer?.header('content-type')).toMatch(/^text\/plain/)
    expect(answer?.body.trimEnd()).not.toMatch(/\p{Cc}/u)
  })
})
