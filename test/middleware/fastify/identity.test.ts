import auth from '@fastify/auth'
import cookie from '@fastify/cookie-cjs'
import formbody from '@fastify/formbody'
import jwt from '@fastify/jwt'
import { Authenticator } from '@fastify/passport'
import session from '@fastify/session'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Strategy as Bearer } from 'passport-http-bearer'
import { Strategy as Local } from 'passport-local'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { fastifySites, orders } from '../kit/fastify.js'
import { jar, type MiddlewareApp } from '../kit/middleware-app.js'

const SECRET = 'a secret that is longer than thirty-two characters'
const nameOf = ({ user }: FastifyRequest): unknown => (user as { name?: string } | null | undefined)?.name

function passportWith() {
  const passport = new Authenticator()
  passport.registerUserSerializer(async (user: { name: string }) => user.name)
  passport.registerUserDeserializer(async (name: string) => ({ name }))
  passport.use('local', new Local((name, password, done) => done(null, password === 'right' && { name })) as never)
  passport.use('bearer', new Bearer((given, done) => done(null, given === 'good' && { name: 'ada' })) as never)
  return passport
}

const check = (header: string, right: string) => async (request: FastifyRequest) => {
  if (request.headers[header] !== right) throw Object.assign(new Error(`wrong ${header}`), { statusCode: 401 })
}

/** Shows tokens in the header and as a subprotocol. */
async function expectTokens(testApp: MiddlewareApp, tokens: readonly (readonly [string, number])[]): Promise<void> {
  for (const [token, status] of tokens) {
    const { page, socket } = await testApp.both('/me', { fields: { Authorization: `Bearer ${token}` } })
    const browser = await testApp.socket('/me', { fields: { 'Sec-WebSocket-Protocol': `wshub, bearer.${token}` } })
    expectSameTreatment(page, socket)
    expectSameTreatment(page, browser)
    expect([socket.status, browser.status]).toEqual([status, status])
    expect(socket.body === '"ada"').toBe(status === 101)
  }
  const { page, socket } = await testApp.both('/me')
  expectSameTreatment(page, socket)
  expect(socket.status).toBe(401)
}

async function refuseGuests(request: FastifyRequest, reply: FastifyReply) {
  return request.isAuthenticated() ? undefined : reply.code(401).send('who?')
}

/** Opens an app with sessions, a login, a logout, and a login by a handshake. */
async function openWithLogin(open: ReturnType<typeof fastifySites>): Promise<MiddlewareApp> {
  const passport = passportWith()
  return open(
    async ({ app }) => {
      await app.register(formbody)
      await app.register(cookie)
      await app.register(session, { secret: SECRET, saveUninitialized: false, cookie: { secure: false } })
      await app.register(passport.initialize())
      await app.register(passport.secureSession())
    },
    ({ app, serve }) => {
      app.post('/login', { preValidation: passport.authenticate('local') }, async () => 'welcome')
      app.post('/logout', async (request) => {
        await request.logOut()
        return 'bye'
      })
      serve(app, '/me', { preHandler: refuseGuests }, nameOf)
      serve(app, '/enter', { preHandler: async (request) => request.logIn({ name: 'guest' } as never) }, nameOf)
    },
  )
}

describe.each(orders)('with wshub $order the others', ({ first }) => {
  const open = fastifySites(first)

  test('@fastify/passport with a session: a login on a page is valid for an upgrade until the logout', async () => {
    const testApp = await openWithLogin(open)
    const given = await testApp.login('/login', { username: 'ada', password: 'right' })
    for (const [path, Cookie, status, body] of [
      ['/me', given, 101, '"ada"'],
      ['/me', [], 401, 'who?'],
      ['/enter', [], 101, '"guest"'],
    ] as const) {
      const { page, socket } = await testApp.both(path, { fields: { Cookie } })
      expectSameTreatment(page, socket)
      expect([socket.status, socket.body]).toEqual([status, body])
    }
    const bye = await testApp.page('/logout', { method: 'POST', fields: { Cookie: given } })
    expect((await testApp.socket('/me', { fields: { Cookie: jar(bye) || given } })).status).toBe(401)
  })

  test('@fastify/passport with a session: a login during a handshake holds for the next page', async () => {
    const testApp = await openWithLogin(open)
    const entered = await testApp.socket('/enter')
    expect((await testApp.page('/me', { fields: { Cookie: jar(entered) } })).body).toBe('"guest"')
  })

  test('@fastify/passport with a bearer token', async () => {
    const passport = passportWith()
    const testApp = await open(
      async ({ app }) => {
        await app.register(cookie)
        await app.register(session, { secret: SECRET, saveUninitialized: false, cookie: { secure: false } })
        await app.register(passport.initialize())
      },
      ({ app, serve }) => {
        serve(app, '/me', { preValidation: passport.authenticate('bearer', { session: false }) as never }, nameOf)
      },
      { bearerProtocol: true },
    )
    await expectTokens(testApp, [
      ['good', 101],
      ['bad', 401],
    ])
  })

  test('@fastify/jwt: describe sees the claims, and its error is the answer', async () => {
    let token = ''
    const testApp = await open(
      ({ app }) => app.register(jwt, { secret: SECRET }),
      ({ app, serve }) => {
        token = app.jwt.sign({ name: 'ada' })
        serve(app, '/me', { onRequest: async (request) => request.jwtVerify() }, nameOf)
      },
      { bearerProtocol: true },
    )
    await expectTokens(testApp, [
      [token, 101],
      [`${token}x`, 401],
    ])
  })

  test('@fastify/auth: one of several authentications suffices, and without any the last error is the answer', async () => {
    const testApp = await open(
      ({ app }) => app.register(auth),
      ({ app, serve }) => {
        serve(app, '/me', { preHandler: app.auth([check('x-key', 'k'), check('x-pass', 'p')]) })
      },
    )
    for (const [fields, status] of [
      [{ 'X-Key': 'k' }, 101],
      [{ 'X-Pass': 'p' }, 101],
      [{ 'X-Key': 'p' }, 401],
    ] as const) {
      const { page, socket } = await testApp.both('/me', { fields })
      expectSameTreatment(page, socket)
      expect(socket.status).toBe(status)
    }
  })
})
