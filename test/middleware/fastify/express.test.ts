import type { IncomingMessage, ServerResponse } from 'node:http'
import expressCompat from '@fastify/express'
import middie from '@fastify/middie'
import cors from 'cors'
import helmet from 'helmet'
import session from 'express-session'
import { expectSameTreatment } from '../kit/same-treatment.js'
import { fastifySites, orders, type Parts } from '../kit/fastify.js'
import { jar } from '../kit/middleware-app.js'

const proxied = { createProxyHandler: () => ({}) }

type Next = () => void
type ConnectedClient = IncomingMessage & { session: { visits?: number } }

function routes({ app, serve }: Parts): void {
  serve(app, '/me')
  serve(app, '/locked', { preHandler: async (_, reply) => reply.code(401).send('who?') })
  serve(app, '/visits', {}, ({ raw }) => (raw as ConnectedClient).session.visits)
}

function stop(request: IncomingMessage, response: ServerResponse, next: Next): void {
  if (!request.url?.startsWith('/stop')) return next()
  response.statusCode = 403
  response.end('stopped')
}

describe.each(orders)('with wshub $order the others', ({ first }) => {
  const open = fastifySites(first)

  describe.each([
    { name: '@fastify/middie', register: async ({ app }: Parts) => app.register(middie) },
    { name: '@fastify/express', register: async ({ app }: Parts) => app.register(expressCompat) },
    {
      name: '@fastify/express with a proxy of its own around the request',
      register: async ({ app }: Parts) => app.register(expressCompat, proxied),
    },
  ])('$name', ({ register }) => {
    test('Express middleware in Fastify treats an upgrade like a page', async () => {
      const ran: (string | undefined)[] = []
      const testApp = await open(async (parts) => {
        await register(parts)
        parts.app.use(((request: IncomingMessage, _: unknown, next: Next) => {
          ran.push(request.url)
          next()
        }) as never)
        parts.app.use(helmet() as never)
        parts.app.use(cors({ origin: 'https://app.example.com' }) as never)
        parts.app.use(stop as never)
      }, routes)
      for (const path of ['/me', '/locked', '/stop', '/nowhere']) {
        ran.length = 0
        const { page, socket } = await testApp.both(path)
        expectSameTreatment(page, socket)
        expect(ran).toEqual([path, path])
        expect(socket.header('x-frame-options')).toBe('SAMEORIGIN')
      }
      expect((await testApp.socket('/stop')).body).toBe('stopped')
    })

    test('express-session in Fastify starts a session for an upgrade like for a page', async () => {
      const testApp = await open(async (parts) => {
        await register(parts)
        parts.app.use(session({ secret: 'not a secret', resave: false, saveUninitialized: false }) as never)
        parts.app.use(((request: ConnectedClient, _: unknown, next: Next) => {
          request.session.visits = (request.session.visits ?? 0) + 1
          next()
        }) as never)
      }, routes)
      const { page, socket } = await testApp.both('/visits')
      expectSameTreatment(page, socket)
      expect(socket.cookies).toHaveLength(1)
      expect((await testApp.socket('/visits', { fields: { Cookie: jar(socket) } })).body).toBe('2')
    })
  })
})
