import type { Server } from 'node:http'
import { basename, dirname } from 'node:path'
import cookie from '@fastify/cookie'
import session, { type FastifySessionOptions } from '@fastify/session'
import files from '@fastify/static'
import wshub, { upgrade } from '@wshub/fastify'
import { inspector } from '@wshub/inspector/fastify'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestAsyncHookHandler,
  type Session,
} from 'fastify'
import { INSPECTED, InspectorKey } from './inspection.js'
import { answerTo, notFound, notJson, unauthorized } from './failures.js'
import type { Chat, Person } from './hub.js'
import type { Logins } from './logins.js'
import { lineInput, loginInput, parse, roomName } from './schemas.js'
import { CLIENT, COOKIE, HEADERS, LARGEST_BODY, LOGIN_LASTS, PAGE, personNamed } from './site.js'

declare module 'fastify' {
  interface Session {
    person?: Person
  }
}

/** The chat in a Fastify app, on a server that does not listen yet. */
export async function serveFastify(chat: Chat, logins: Logins): Promise<Server> {
  const app = Fastify({
    bodyLimit: LARGEST_BODY,
    routerOptions: { maxParamLength: 1000 },
    frameworkErrors: answerError,
  })
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request) => {
    throw notFound(request)
  })
  addBodyParsers(app)
  app.addHook('onRequest', setHeaders)
  await app.register(files, { root: PAGE })
  app.get('/client.js', (_request, reply) => reply.sendFile(basename(CLIENT), dirname(CLIENT)))
  await app.register(cookie)
  await app.register(session, {
    cookieName: COOKIE,
    // The cookie prefix of express-session.
    cookiePrefix: 's:',
    secret: logins.secret,
    store: storeOf(logins),
    rolling: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: LOGIN_LASTS },
  })
  await app.register(wshub, { refusals: 'close' })
  addLogin(app)
  addRooms(app, chat)

  // The handler of an ordinary route: the session and requireUser have run, as for any request.
  app.get(
    '/ws',
    { websocket: true, onRequest: requireUser },
    upgrade(chat.hub, (request) => logins.describe(request.session.sessionId)),
  )

  await app.register(async (scope) => {
    scope.addHook('onRequest', inspectorsOnly(new InspectorKey(logins.secret)))
    await scope.register(inspector(chat.hub, INSPECTED), { prefix: '/hub' })
  })

  await app.ready()
  app.server.once('close', () => void app.close())
  return app.server
}

function addLogin(app: FastifyInstance): void {
  app.post('/login', { preHandler: requireJson }, async (request) => {
    const person = personNamed(parse(loginInput, request.body).name)
    // A login gets a new session id, so that an id that an attacker has set before is useless (session fixation).
    await request.session.regenerate()
    request.session.person = person
    return person
  })

  app.post('/logout', async (request, reply) => {
    await request.session.destroy()
    return reply.clearCookie(COOKIE, { path: '/' }).code(204).send()
  })

  app.get('/api/me', { onRequest: requireUser }, async (request) => request.session.person)
}

function addRooms(app: FastifyInstance, chat: Chat): void {
  app.get('/api/rooms', async () => chat.rooms())

  app.get<InRoom>('/api/rooms/:room/stats', async (request) => chat.stats(parse(roomName, request.params.room)))

  app.post<InRoom>(
    '/api/rooms/:room/messages',
    { onRequest: requireUser, preHandler: requireJson },
    async (request, reply) => {
      const room = parse(roomName, request.params.room)
      const line = await chat.post(room, request.session.person as Person, parse(lineInput, request.body))
      return reply.code(201).send(line)
    },
  )
}

interface InRoom {
  Params: { room: string }
}

async function setHeaders(_request: unknown, reply: FastifyReply): Promise<void> {
  reply.headers(HEADERS)
}

async function requireUser(request: FastifyRequest): Promise<void> {
  if (!request.session.person) throw unauthorized()
}

function inspectorsOnly(key: InspectorKey): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const refusal = key.refuse({ url: request.originalUrl, cookie: request.headers.cookie })
    if (refusal) await reply.code(refusal.status).headers(refusal.headers).send(refusal.body)
  }
}

async function requireJson({ body }: FastifyRequest): Promise<void> {
  if (body === undefined) throw notJson()
}

/** Parses JSON. A route decides itself whether it needs a body. */
function addBodyParsers(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'ignore')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null)
    else void parseJson(request, text, done)
  })
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

function answerError(error: unknown, _request: unknown, reply: Pick<FastifyReply, 'headers' | 'code' | 'send'>): void {
  const { status, body } = answerTo(error)
  reply.headers(HEADERS).code(status).send(body)
}

/** The logins as a store of @fastify/session. */
function storeOf(logins: Logins): NonNullable<FastifySessionOptions['store']> {
  return {
    get(id, done) {
      const found = logins.get(id)
      found.then(
        (login) => done(null, login && { person: login.person, cookie: { originalMaxAge: LOGIN_LASTS } }),
        done,
      )
    },
    set(id, { person }: Session, done) {
      logins.set(id, person).then(() => done(), done)
    },
    destroy(id, done) {
      logins.delete(id).then(() => done(), done)
    },
  }
}
