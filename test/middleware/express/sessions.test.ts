import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import flash from 'connect-flash'
import { type Request, type RequestHandler, urlencoded } from 'express'
import session, { MemoryStore, type SessionData, type Store } from 'express-session'
import createMemoryStore from 'memorystore'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { expressSites, type Parts, versions } from '../kit/express.js'
import { jar } from '../kit/middleware-app.js'

type Done = (error?: unknown) => void

/** A store whose answers take time, like one on the network. */
class SlowStore extends MemoryStore {
  override get = (id: string, done: (error: unknown, data?: SessionData | null) => void): void =>
    void setTimeout(() => super.get(id, done), 25)
  override set = (id: string, data: SessionData, done?: Done): void =>
    void setTimeout(() => super.set(id, data, done), 25)
  override destroy = (id: string, done?: Done): void => void setTimeout(() => super.destroy(id, done), 25)
}

type Bag = Record<string, unknown>
const bag = ({ session: data }: Request): Bag => data as unknown as Bag
const OPTIONS = { secret: 'not a secret', resave: false, saveUninitialized: false }
const requireUser: RequestHandler = (req, res, next) =>
  bag(req)['user'] ? next() : void res.status(401).set('WWW-Authenticate', 'Session').json({ error: 'login first' })

const stores: { name: string; store: () => Store }[] = [
  { name: 'MemoryStore', store: () => new MemoryStore() },
  { name: 'a slow store', store: () => new SlowStore() },
  { name: 'memorystore', store: () => new (createMemoryStore(session))({}) },
]

function withLogin({ app, serve, framework: { Router } }: Parts): void {
  const router = Router()
  router.post('/login', urlencoded({ extended: false }), (req, res) => {
    bag(req)['user'] = (req.body as { user: string }).user
    res.send('welcome')
  })
  serve(router, '/me', [requireUser], (req) => bag(req)['user'])
  serve(router, '/visit', [(req, _res, next) => next(void (bag(req)['visits'] = Number(bag(req)['visits'] ?? 0) + 1))])
  serve(router, '/visits', [], (req) => bag(req)['visits'])
  router.post('/logout', (req, res) => void req.session.destroy(() => res.send('bye')))
  app.use(router)
}

describe.each(versions)('$name', ({ framework }) => {
  const open = expressSites(framework)
  describe.each(stores)('express-session with $name', ({ store }) => {
    const start = (options = {}): ReturnType<typeof open> =>
      open((parts) => {
        parts.app.use(session({ ...OPTIONS, store: store(), ...options }))
        withLogin(parts)
      })

    test('a login on a page is valid for an upgrade until the logout', async () => {
      const testApp = await start()
      const cookie = await testApp.login('/login', { user: 'ada' })
      const { page, socket } = await testApp.both('/me', { fields: { Cookie: cookie } })
      expectSameTreatment(page, socket)
      expect(socket.body).toBe('"ada"')
      await testApp.page('/logout', { method: 'POST', fields: { Cookie: cookie } })
      const after = await testApp.both('/me', { fields: { Cookie: cookie } })
      expectSameTreatment(after.page, after.socket)
      expect(after.socket.status).toBe(401)
    })

    test('a client without a login gets the same refusal on a page and on a socket', async () => {
      const testApp = await start()
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([401, '{"error":"login first"}'])
      expect(testApp.hub.stats().opened).toBe(0)
    })

    test('an upgrade starts a session like a page, and its cookie is valid at once', async () => {
      const testApp = await start()
      const { page, socket } = await testApp.both('/visit')
      expectSameTreatment(page, socket)
      expect(socket.cookies).toHaveLength(1)
      expect((await testApp.socket('/visits', { fields: { Cookie: jar(socket) } })).body).toBe('1')
      await testApp.socket('/visit', { fields: { Cookie: jar(socket) } })
      expect((await testApp.page('/visits', { fields: { Cookie: jar(socket) } })).body).toBe('2')
    })

    test('an upgrade renews a rolling session', async () => {
      const testApp = await start({ rolling: true, cookie: { maxAge: 60_000 } })
      const cookie = await testApp.login('/login', { user: 'ada' })
      const { page, socket } = await testApp.both('/me', { fields: { Cookie: cookie } })
      expectSameTreatment(page, socket)
      expect(jar(socket)).toBe(cookie)
    })
  })

  test('a session that an upgrade regenerates is valid only with its new cookie', async () => {
    const testApp = await open((parts) => {
      parts.app.use(session({ ...OPTIONS, store: new SlowStore() }))
      parts.serve(parts.app, '/renew', [
        (req, _res, next) =>
          void req.session.regenerate(() => {
            bag(req)['user'] = 'ada, again'
            next()
          }),
      ])
      withLogin(parts)
    })
    const cookie = await testApp.login('/login', { user: 'ada' })
    const { page, socket } = await testApp.both('/renew', { fields: { Cookie: cookie } })
    expectSameTreatment(page, socket)
    expect((await testApp.socket('/me', { fields: { Cookie: jar(socket) } })).body).toBe('"ada, again"')
    expect((await testApp.socket('/me', { fields: { Cookie: cookie } })).status).toBe(401)
  })

  test('cookie-session: the session is in the cookies of the 101, signature included', async () => {
    const testApp = await open((parts) => {
      parts.app.use(cookieSession({ name: 'in', keys: ['not a secret'] }))
      withLogin(parts)
    })
    const { page, socket } = await testApp.both('/visit')
    expectSameTreatment(page, socket)
    expect(socket.cookies.map((line) => line.split('=', 1)[0])).toEqual(['in', 'in.sig'])
    expect((await testApp.page('/visits', { fields: { Cookie: jar(socket) } })).body).toBe('1')
    const cookie = await testApp.login('/login', { user: 'ada' })
    const known = await testApp.both('/me', { fields: { Cookie: cookie } })
    expectSameTreatment(known.page, known.socket)
    expect(known.socket.body).toBe('"ada"')
    const forged = await testApp.both('/me', { fields: { Cookie: cookie.replace(/in=./, 'in=f') } })
    expectSameTreatment(forged.page, forged.socket)
    expect(forged.socket.status).toBe(401)
  })

  test('cookie-parser: plain, signed and JSON cookies are read', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(cookieParser('not a secret'))
      serve(app, '/give', [(_req, res, next) => next(void res.cookie('s', 'x', { signed: true }).cookie('t', 'y'))])
      serve(app, '/cookies', [], ({ cookies, signedCookies }) => [cookies, signedCookies])
    })
    const { page, socket } = await testApp.both('/give')
    expectSameTreatment(page, socket)
    const Cookie = `${jar(socket)}; j=${encodeURIComponent('j:{"n":1}')}`
    const read = await testApp.both('/cookies', { fields: { Cookie } })
    expectSameTreatment(read.page, read.socket)
    expect(JSON.parse(read.socket.body)).toEqual([{ t: 'y', j: { n: 1 } }, { s: 'x' }])
  })

  test('connect-flash: a message is shown once, also if an upgrade reads it', async () => {
    const testApp = await open(({ app, serve }) => {
      app.use(session({ ...OPTIONS, store: new SlowStore() }), flash())
      serve(app, '/say', [(req, _res, next) => next(void req.flash('info', 'hi'))])
      serve(
        app,
        '/messages',
        [(req, res, next) => next(void (res.locals['received'] = req.flash('info')))],
        ({ res }) => res?.locals['received'] as unknown,
      )
    })
    const Cookie = jar(await testApp.socket('/say'))
    const received = [
      await testApp.socket('/messages', { fields: { Cookie } }),
      await testApp.page('/messages', { fields: { Cookie } }),
    ]
    expect(received.map(({ body }) => body)).toEqual(['["hi"]', '[]'])
  })
})
