import cookie from '@fastify/cookie-cjs'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import secureSession from '@fastify/secure-session'
import session from '@fastify/session'
import type { FastifyInstance, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { setTimeout as pause } from 'node:timers/promises'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { fastifySites, orders, type Parts } from '../kit/fastify.js'
import { jar } from '../kit/middleware-app.js'

/** The options that all these sessions share. */
interface Session {
  get(key: string): unknown
  set(key: string, value: unknown): void
}
type Done = (error?: unknown, session?: never) => void

const sessionOf = (request: FastifyRequest): Session => request.session
const requireUser: preHandlerAsyncHookHandler = async (request, reply) =>
  sessionOf(request).get('user')
    ? undefined
    : reply.code(401).header('WWW-Authenticate', 'Session').send({ error: 'login first' })

/** A store whose answers take time, like one on the network. */
class SlowStore {
  readonly #saved = new Map<string, unknown>()
  readonly get = (id: string, done: Done): void =>
    void pause(20).then(() => done(undefined, structuredClone(this.#saved.get(id)) as never))
  readonly set = (id: string, data: unknown, done: Done): void => {
    const copy: unknown = JSON.parse(JSON.stringify(data))
    void pause(20).then(() => done(void this.#saved.set(id, copy)))
  }
  readonly destroy = (id: string, done: Done): void => void pause(20).then(() => done(void this.#saved.delete(id)))
}

const SECRET = 'a secret that is longer than thirty-two characters'
const kinds: { name: string; cookies: number; register: (app: FastifyInstance) => Promise<unknown> }[] = [
  {
    name: '@fastify/session in memory',
    cookies: 1,
    register: async (app) => {
      await app.register(cookie)
      await app.register(session, { secret: SECRET, saveUninitialized: false, cookie: { secure: false } })
    },
  },
  {
    name: '@fastify/session in a slow store',
    cookies: 1,
    register: async (app) => {
      await app.register(cookie)
      const store = new SlowStore()
      await app.register(session, { secret: SECRET, saveUninitialized: false, cookie: { secure: false }, store })
    },
  },
  {
    name: '@fastify/secure-session',
    cookies: 1,
    register: async (app) => {
      await app.register(cookie)
      await app.register(secureSession, { key: Buffer.alloc(32, 7), cookie: { path: '/' } })
    },
  },
]

const count: preHandlerAsyncHookHandler = async (request) =>
  sessionOf(request).set('visits', Number(sessionOf(request).get('visits') ?? 0) + 1)
const give: preHandlerAsyncHookHandler = async (_, reply) =>
  void reply.setCookie('s', 'x', { signed: true }).setCookie('t', 'y', { httpOnly: true })

function routes({ app, serve }: Parts): void {
  app.post('/login', async (request) => {
    sessionOf(request).set('user', (request.body as { user: string }).user)
    return 'welcome'
  })
  app.post('/logout', async (request) => {
    await (request.session as unknown as { destroy?: () => Promise<void>; delete?: () => void }).destroy?.()
    ;(request.session as unknown as { delete?: () => void }).delete?.()
    return 'bye'
  })
  serve(app, '/me', { preHandler: requireUser }, (request) => sessionOf(request).get('user'))
  serve(app, '/visits', {}, (request) => sessionOf(request).get('visits'))
  serve(app, '/visit', { preHandler: count })
}

describe.each(orders)('with wshub $order the others', ({ first }) => {
  const open = fastifySites(first)

  describe.each(kinds)('$name', ({ register, cookies }) => {
    const start = (): ReturnType<typeof open> =>
      open(async ({ app }) => {
        await app.register(formbody)
        await register(app)
      }, routes)

    test('a login on a page is valid for an upgrade until the logout', async () => {
      const testApp = await start()
      const given = await testApp.login('/login', { user: 'ada' })
      const { page, socket } = await testApp.both('/me', { fields: { Cookie: given } })
      expectSameTreatment(page, socket)
      expect(socket.body).toBe('"ada"')
      const bye = await testApp.page('/logout', { method: 'POST', fields: { Cookie: given } })
      const after = await testApp.both('/me', { fields: { Cookie: bye.cookies.length > 0 ? jar(bye) : given } })
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
      expect(socket.cookies).toHaveLength(cookies)
      expect((await testApp.socket('/visits', { fields: { Cookie: jar(socket) } })).body).toBe('1')
      await testApp.socket('/visit', { fields: { Cookie: jar(socket) } })
    })
  })

  test('@fastify/cookie: plain and signed cookies are read and set', async () => {
    const testApp = await open(
      ({ app }) => app.register(cookie, { secret: SECRET }),
      ({ app, serve }) => {
        serve(app, '/give', { preHandler: give })
        serve(app, '/cookies', {}, (request) => [
          request.cookies['t'],
          request.unsignCookie(request.cookies['s'] ?? '').value,
        ])
      },
    )
    const { page, socket } = await testApp.both('/give')
    expectSameTreatment(page, socket)
    expect(socket.cookies).toHaveLength(2)
    const read = await testApp.both('/cookies', { fields: { Cookie: jar(socket) } })
    expectSameTreatment(read.page, read.socket)
    expect(JSON.parse(read.socket.body)).toEqual(['y', 'x'])
  })

  test('@fastify/csrf-protection: a socket gets in with the token of a page, and is refused without', async () => {
    const testApp = await open(
      async ({ app }) => {
        await app.register(cookie)
        await app.register(csrf, { getToken: ({ query }) => (query as { csrf?: string }).csrf })
      },
      ({ app, serve }) => {
        app.get('/token', async (_, reply) => reply.generateCsrf())
        serve(app, '/me', { onRequest: (request, reply, done) => app.csrfProtection(request, reply, done) })
      },
    )
    const handed = await testApp.page('/token')
    const fields = { Cookie: jar(handed) }
    const right = await testApp.both(`/me?csrf=${encodeURIComponent(handed.body)}`, { fields })
    expectSameTreatment(right.page, right.socket)
    const wrong = await testApp.both('/me?csrf=wrong', { fields })
    expectSameTreatment(wrong.page, wrong.socket)
    expect([wrong.socket.status, wrong.socket.body]).toEqual([403, expect.stringContaining('Invalid csrf token')])
  })
})
