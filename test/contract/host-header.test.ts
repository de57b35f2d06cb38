import { tls } from '../support/certificate.js'
import { handshake } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const HOST = 'app.example.com'

describe.each(hosts)('the Host header on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  test.each([
    ['app.example.com', 101],
    ['APP.example.com:8443', 101],
    ['a.wild.io', 101],
    ['evil.example', 403],
    ['wild.io', 403],
    ['app.example.com.evil.example', 403],
  ])(
    'a handshake for the host %s gets %i from a server with the option hosts, also if its origin has the same host',
    async (name, status) => {
      const paths: (string | undefined)[] = []
      const server = await app(
        (it) => {
          it.use(({ req }) => void paths.push(req.url))
          it.ws('/chat', hub())
        },
        { attach: { hosts: [HOST, '*.wild.io'] } },
      )
      const fields = { Host: name, Origin: `http://${name}` }
      expect(await raw(server, handshake('/chat', { fields })).status()).toBe(status)
      expect(paths).toEqual(status === 101 ? ['/chat'] : [])
    },
  )

  test.each([
    'a b',
    'a/b',
    'user@a.example',
    'a.example, b.example',
    '[::1',
    'a.example:http',
    'b\xfccher.example',
    '*',
  ])('the malformed Host header %j gets 400 before the app runs', async (name) => {
    const paths: (string | undefined)[] = []
    const server = await app((it) => {
      it.use(({ req }) => void paths.push(req.url))
      it.ws('/chat', hub())
    })
    expect(await raw(server, handshake('/chat', { fields: { Host: name } })).status()).toBe(400)
    expect(paths).toEqual([])
  })
})

describe.each(hosts)('a page that came over plain HTTP on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  test.each([
    [`http://${HOST}`, undefined, 403],
    [`https://${HOST}`, undefined, 101],
    [`http://${HOST}`, [`http://${HOST}`], 101],
  ])(
    'a handshake over TLS from a page of the same host with the origin %s and with origins %j gets %i',
    async (origin, origins, status) => {
      const server = await app((it) => it.ws('/chat', hub()), { tls, attach: { origins } })
      const fields = { Host: HOST, Origin: origin }
      expect(await raw(server, handshake('/chat', { fields }), { tls: true }).status()).toBe(status)
    },
  )
})
