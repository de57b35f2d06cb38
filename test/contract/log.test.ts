import { quote } from '@wshub/core'
import { handshake } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

// Text of a handshake must not start a new line in a log, and must not control the terminal that shows it.

const CONTROL = /\p{Cc}/u
/** Control characters that Node's parser accepts: C1 contains a one-byte escape for terminals. */
const BYTES = '\x85\x9b2J\x9c\xe9'

describe.each(hosts)('what may be logged on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  test('target, host and address of a handshake are logged without control characters', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat), { trustProxy: true })
    const fields = { Host: 'a.example.com', 'X-Forwarded-For': `1.2.3.4${BYTES}` }
    expect(await raw(server, handshake('/chat?name=%9B2J', { fields })).status()).toBe(101)
    const [one] = chat.connections.values()
    expect(one?.handshake).toMatchObject({ url: '/chat?name=%9B2J', host: 'a.example.com' })
    expect(one?.handshake.address).toMatch(/^1\.2\.3\.4/)
    expect(one?.handshake.address).not.toMatch(CONTROL)
    expect(quote(String(one?.handshake.headers['x-forwarded-for']))).not.toMatch(CONTROL)
  })

  test('a refusal quotes an origin without its control characters', async () => {
    const server = await app((it) => it.ws('/chat', hub()))
    const answer = await raw(server, handshake('/chat', { fields: { Origin: `https://evil.io${BYTES}` } })).answer()
    expect(answer?.status).toBe(403)
    expect(answer?.body).toContain(String.raw`\u0085\u009b2J\u009c`)
    expect(answer?.body.trimEnd()).not.toMatch(CONTROL)
  })

  test('a host with control characters is refused before the app runs, and is not quoted raw', async () => {
    const seen: string[] = []
    const server = await app((it) => {
      it.use(({ req }) => void seen.push(req.headers.host ?? ''))
      it.ws('/chat', hub())
    })
    const fields = { Host: `a${BYTES}`, Origin: 'https://evil.io' }
    const answer = await raw(server, handshake('/chat', { fields })).answer()
    expect(answer?.status).toBe(400)
    expect(answer?.body.trimEnd()).not.toMatch(CONTROL)
    expect(seen).toEqual([])
  })

  test.each(['\x85', '\x9b', '\xe9', '\t', '\x0b', '\x0c', '\x1b', '\x00', '\x7f'])(
    'a request with %j in its target is malformed',
    async (byte) => {
      const chat = hub()
      const server = await app((it) => it.ws('/chat', chat))
      for (const target of [`/chat?x=${byte}`, `/chat${byte}`]) {
        expect(await raw(server, handshake(target)).status()).toBe(400)
      }
      expect(chat.stats().opened).toBe(0)
    },
  )

  test('a close reason that quotes an answer contains no control characters', async () => {
    const server = await app((it) => it.use(() => ({ status: 401, body: 'no\u001b[2J\u2028\u202e' })), {
      attach: { refusals: 'close' },
    })
    const client = raw(server, handshake('/chat', { fields: { Host: 'a.io', Origin: 'https://a.io' } }))
    expect(await client.status()).toBe(101)
    const text = (await client.frame())?.payload.toString('utf8', 2)
    expect(text).toBe(String.raw`no\u001b[2J\u2028\u202e`)
  })
})
