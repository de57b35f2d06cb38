import { handshake, plain } from '../support/request.js'
import { type App, hosts, type Step } from './hosts/index.js'
import { PATH, SPELLINGS } from './spellings.js'
import { setUp } from './setup.js'

const token: Step = ({ req }) => (req.headers['x-token'] === 'secret' ? undefined : { status: 401 })
const naive: Step = (ask) => (ask.req.url?.startsWith('/private') ? token(ask) : undefined)

const APPS: Readonly<Record<string, (it: App, room: (it: App, path: string) => void) => void>> = {
  'auth inside the protected prefix': (it, room) => {
    it.scope('/private', (inner) => {
      inner.use(token)
      room(inner, '/room')
    })
    room(it, '/public/:name')
  },
  'auth that looks at the path by itself': (it, room) => {
    it.use(naive)
    room(it, PATH)
    room(it, '/public/:name')
  },
}

describe.each(hosts)('spellings of a path on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  describe.each(Object.keys(APPS))('%s', (kind) => {
    test('no spelling of the path opens a WebSocket where a request gets another answer', async () => {
      const chat = hub()
      const server = await app((it) => APPS[kind]?.(it, (where, path) => where.ws(path, chat)))
      const wrong: string[] = []
      for (const spelling of SPELLINGS)
        for (const fields of [{}, { 'X-Token': 'secret' }]) {
          const page = await raw(server, plain(spelling, { fields })).status()
          const socket = await raw(server, handshake(spelling, { fields })).status()
          // A page request to such a route gets 426, which shows that the request reached it.
          if (![page === 426 ? 101 : page, 400, 404].includes(socket)) wrong.push(`${spelling}: ${page}, ${socket}`)
        }
      expect(wrong).toEqual([])
    })

    test('the protected path is refused without the token and opens with it', async () => {
      const chat = hub()
      const server = await app((it) => APPS[kind]?.(it, (where, path) => where.ws(path, chat)))
      expect(await raw(server, handshake(PATH)).status()).toBe(401)
      expect(await raw(server, handshake(PATH, { fields: { 'X-Token': 'secret' } })).status()).toBe(101)
      expect(await raw(server, handshake('/public/x')).status()).toBe(101)
    })
  })

  test('at least forty spellings of the path are tried', () => {
    expect(new Set(SPELLINGS).size).toBeGreaterThanOrEqual(40)
  })
})
