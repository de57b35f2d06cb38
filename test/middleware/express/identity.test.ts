import { type ErrorRequestHandler, type Request, type RequestHandler, urlencoded } from 'express'
import { expressjwt, type Request as JwtRequest } from 'express-jwt'
import session from 'express-session'
import { sign } from 'jsonwebtoken'
import { Passport, type Strategy } from 'passport'
import { Strategy as Custom } from 'passport-custom'
import { Strategy as Bearer } from 'passport-http-bearer'
import { ExtractJwt, Strategy as Jwt } from 'passport-jwt'
import { Strategy as Local } from 'passport-local'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { expressSites, type Parts, versions } from '../kit/express.js'
import { jar } from '../kit/middleware-app.js'

const SECRET = 'a secret that is long enough for HS256, and no secret'
const token = sign({ sub: 'ada' }, SECRET)
const stale = sign({ sub: 'ada', exp: 1 }, SECRET)
const nameOf = ({ user }: Request): unknown => (user && 'name' in user ? user.name : undefined)

/** The setup of the guides, with an asynchronous lookup of the user. */
function passportWith(...strategies: Strategy[]) {
  const passport = new Passport()
  passport.serializeUser((user, done) => void setImmediate(() => done(null, (user as { name: string }).name)))
  passport.deserializeUser((name, done) => void setImmediate(() => done(null, { name })))
  for (const strategy of strategies) passport.use(strategy)
  return passport
}

const requireUser: RequestHandler = (req, res, next) => (req.isAuthenticated() ? next() : void res.sendStatus(401))
const local = () =>
  new Local((name, password, done) =>
    password === 'right' ? done(null, { name }) : done(null, false, { message: 'wrong password' }),
  )
const bearer = () => new Bearer((given, done) => done(null, given === 'good' && { name: 'ada' }, { scope: 'all' }))
const jwt = () =>
  new Jwt({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: SECRET }, ({ sub: name }, done) =>
    done(null, { name }),
  )
const custom = () =>
  new Custom((req, done) => {
    const key = req.get('X-Api-Key')
    if (key === 'broken') done(new Error('the key service is down'))
    else done(null, key === 'good' && { name: 'robot' })
  })

function withPassport({ app, serve }: Parts): void {
  const passport = passportWith(local())
  app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }))
  app.use(passport.initialize(), passport.session())
  app.post('/login', urlencoded({ extended: false }), passport.authenticate('local'), (_req, res) => {
    res.send('welcome')
  })
  app.post('/logout', (req, res, next) => req.logout((error) => (error ? next(error) : void res.send('bye'))))
  serve(app, '/me', [requireUser], nameOf)
  serve(app, '/enter', [(req, _res, next) => req.login({ name: 'guest' }, next)], nameOf)
}

describe.each(versions)('$name', ({ framework }) => {
  const open = expressSites(framework)

  describe('passport with a session', () => {
    test('a login on a page is valid for an upgrade until the logout', async () => {
      const testApp = await open(withPassport)
      const cookie = await testApp.login('/login', { username: 'ada', password: 'right' })
      const { page, socket } = await testApp.both('/me', { fields: { Cookie: cookie } })
      expectSameTreatment(page, socket)
      expect(socket.body).toBe('"ada"')
      await testApp.page('/logout', { method: 'POST', fields: { Cookie: cookie } })
      expect((await testApp.socket('/me', { fields: { Cookie: cookie } })).status).toBe(401)
    })

    test('a request without credentials gets the same refusal on a page and on a socket', async () => {
      const testApp = await open(withPassport)
      await expect(testApp.login('/login', { username: 'ada', password: 'wrong' })).rejects.toThrow('401')
      const { page, socket } = await testApp.both('/me')
      expectSameTreatment(page, socket)
      expect(socket.status).toBe(401)
    })

    test('a login during an upgrade is valid for pages', async () => {
      const testApp = await open(withPassport)
      const { page, socket } = await testApp.both('/enter')
      expectSameTreatment(page, socket)
      expect((await testApp.page('/me', { fields: { Cookie: jar(socket) } })).body).toBe('"guest"')
    })
  })

  describe.each([
    { name: 'passport-http-bearer', strategy: bearer, scheme: 'bearer', good: 'good', bad: 'bad' },
    { name: 'passport-jwt', strategy: jwt, scheme: 'jwt', good: token, bad: stale },
  ])('$name', ({ strategy, scheme, good, bad }) => {
    const start = (): ReturnType<typeof open> =>
      open(
        ({ app, serve }) => {
          const passport = passportWith(strategy())
          serve(app, '/me', [passport.authenticate(scheme, { session: false }) as RequestHandler], nameOf)
        },
        { bearerProtocol: true },
      )

    test('a token in the header identifies the user, and an invalid or missing one gets the refusal of the strategy', async () => {
      const testApp = await start()
      for (const [given, status] of [
        [`Bearer ${good}`, 101],
        [`Bearer ${bad}`, 401],
        [[], 401],
      ] as const) {
        const { page, socket } = await testApp.both('/me', { fields: { Authorization: given } })
        expectSameTreatment(page, socket)
        expect([socket.status, status === 101 ? socket.body : '"ada"']).toEqual([status, '"ada"'])
      }
    })

    test('a browser can send its token as a subprotocol', async () => {
      const testApp = await start()
      const page = await testApp.page('/me', { fields: { Authorization: `Bearer ${good}` } })
      const socket = await testApp.socket('/me', { fields: { 'Sec-WebSocket-Protocol': `wshub, bearer.${good}` } })
      expectSameTreatment(page, socket)
      expect(socket.header('sec-websocket-protocol')).toBe('wshub')
      expect(socket.headers.join()).not.toContain(good)
      const refused = await testApp.socket('/me', { fields: { 'Sec-WebSocket-Protocol': `wshub, bearer.${bad}` } })
      expect(refused.status).toBe(401)
      expectSameTreatment(await testApp.page('/me', { fields: { Authorization: `Bearer ${bad}` } }), refused)
    })
  })

  test('passport-custom: accepts, refuses and redirects, and its errors reach the error handler', async () => {
    const testApp = await open(({ app, serve }) => {
      const passport = passportWith(custom())
      const guard = (options: object): RequestHandler =>
        passport.authenticate('custom', { session: false, ...options }) as RequestHandler
      serve(app, '/me', [guard({})], nameOf)
      serve(app, '/or-login', [guard({ failureRedirect: '/login' })], nameOf)
      app.use(((error: Error, _req, res, _next) => {
        res.status(502).send(error.message)
      }) as ErrorRequestHandler)
    })
    for (const [path, key, status, text] of [
      ['/me', 'good', 101, '"robot"'],
      ['/me', 'bad', 401, 'Unauthorized'],
      ['/me', 'broken', 502, 'the key service is down'],
      ['/or-login', 'bad', 302, 'Found. Redirecting to /login'],
    ] as const) {
      const { page, socket } = await testApp.both(path, { fields: { 'X-Api-Key': key } })
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([status, text])
    }
    expect((await testApp.socket('/or-login')).header('location')).toBe('/login')
  })

  test('express-jwt: describe sees the claims, and its error reaches the error handler', async () => {
    const testApp = await open(
      ({ app, serve }) => {
        app.use(expressjwt({ secret: SECRET, algorithms: ['HS256'] }))
        serve(app, '/me', [], (req) => (req as JwtRequest).auth?.sub)
        app.use(((error: { status: number; code: string }, _req, res, _next) => {
          res.status(error.status).json({ code: error.code })
        }) as ErrorRequestHandler)
      },
      { bearerProtocol: true },
    )
    const known = await testApp.both('/me', { fields: { Authorization: `Bearer ${token}` } })
    expectSameTreatment(known.page, known.socket)
    const browser = await testApp.socket('/me', { fields: { 'Sec-WebSocket-Protocol': `wshub, bearer.${token}` } })
    expect([known.socket.body, browser.body]).toEqual(['"ada"', '"ada"'])
    const codes: string[] = []
    for (const given of [[], `Bearer ${stale}`, 'Bearer nonsense']) {
      const { page, socket } = await testApp.both('/me', { fields: { Authorization: given } })
      expectSameTreatment(page, socket)
      codes.push(`${socket.status} ${socket.body}`)
    }
    expect(codes).toEqual([
      '401 {"code":"credentials_required"}',
      '401 {"code":"invalid_token"}',
      '401 {"code":"invalid_token"}',
    ])
  })
})
