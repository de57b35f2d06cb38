import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { unescape } from 'node:querystring'
import bodyParser from '@koa/bodyparser'
import Router from '@koa/router'
import { inspector } from '@wshub/inspector/koa'
import { attach, upgrade } from '@wshub/koa'
import { sign, unsign } from 'cookie-signature'
import Koa, { type Context, type DefaultState, type Middleware } from 'koa'
import session, { type CreateSessionOptions } from 'koa-session'
import serve from 'koa-static'
import { INSPECTED, InspectorKey } from './inspection.js'
import { answerTo, notFound, notJson, unauthorized } from './failures.js'
import type { Chat, Person } from './hub.js'
import type { Logins } from './logins.js'
import { lineInput, loginInput, parse, roomName } from './schemas.js'
import { CLIENT, COOKIE, HEADERS, LARGEST_BODY, LOGIN_LASTS, PAGE, personNamed } from './site.js'
import type { Login } from './store.js'

interface ChatContext {
  session: { person?: Person; regenerate(): Promise<void> }
}

type ChatRouter = Router<DefaultState, ChatContext>
type Handler = Middleware<DefaultState, ChatContext>

/** The chat in a Koa app, on a server that does not listen yet. */
export function serveKoa(chat: Chat, logins: Logins): Server {
  const app = new Koa<DefaultState, ChatContext>()
  const router: ChatRouter = new Router()
  app.use(answerErrors)
  app.use(setHeaders)
  app.use(requireReadablePath)
  app.use(serve(PAGE))
  app.use(
    session(
      {
        ...COOKIE_OPTIONS,
        key: COOKIE,
        externalKey: sealed(logins.secret),
        store: {
          get: (id) => logins.get(id),
          set: (id, { person }: Login) => logins.set(id, person),
          destroy: (id) => logins.delete(id),
        },
      },
      app,
    ),
  )
  router.get('/client.js', (ctx) => {
    ctx.type = 'js'
    ctx.body = createReadStream(CLIENT)
  })
  addLogin(router)
  addRooms(router, chat)

  // The last middleware of an ordinary route: the session and requireUser have run, as for any request.
  router.get(
    '/ws',
    requireUser,
    upgrade(chat.hub, (ctx) => logins.describe(ctx.session.externalKey)),
  )

  const inspected = inspector(chat.hub, { ...INSPECTED, prefix: '/hub' })
  router.all('/hub{/*rest}', inspectorsOnly(new InspectorKey(logins.secret)), inspected)

  app.use(router.routes())
  app.use((ctx) => {
    throw notFound(ctx)
  })
  const handle = app.callback()
  const server = createServer((req, res) => void handle(req, res))
  attach(server, { refusals: 'close' })
  return server
}

function addLogin(router: ChatRouter): void {
  router.post('/login', requireJson, readJson, async (ctx) => {
    const person = personNamed(parse(loginInput, ctx.request.body).name)
    ctx.session.person = person
    // A login gets a new session id, so that an id that an attacker has set before is useless (session fixation).
    await ctx.session.regenerate()
    ctx.body = person
  })

  router.post('/logout', (ctx) => {
    Object.assign(ctx, { session: null })
    ctx.status = 204
  })

  router.get('/api/me', requireUser, (ctx) => {
    ctx.body = ctx.session.person
  })
}

function addRooms(router: ChatRouter, chat: Chat): void {
  router.get('/api/rooms', async (ctx) => {
    ctx.body = await chat.rooms()
  })

  router.get('/api/rooms/:room/stats', async (ctx) => {
    ctx.body = await chat.stats(parse(roomName, ctx.params['room']))
  })

  router.post('/api/rooms/:room/messages', requireUser, requireJson, readJson, async (ctx) => {
    const room = parse(roomName, ctx.params['room'])
    ctx.body = await chat.post(room, ctx.session.person as Person, parse(lineInput, ctx.request.body))
    ctx.status = 201
  })
}

const setHeaders: Handler = (ctx, next) => {
  ctx.set(HEADERS)
  return next()
}

// The router would accept a path that cannot be decoded.
const requireReadablePath: Handler = (ctx, next) => {
  try {
    decodeURIComponent(ctx.path)
  } catch {
    ctx.throw(400, `The path ${ctx.path} can't be decoded.`)
  }
  return next()
}

const requireUser: Handler = (ctx, next) => {
  if (!ctx.session.person) throw unauthorized()
  return next()
}

function inspectorsOnly(key: InspectorKey): Handler {
  return async (ctx, next) => {
    const refusal = key.refuse({ url: ctx.originalUrl, cookie: ctx.headers.cookie })
    if (!refusal) return next()
    ctx.status = refusal.status
    ctx.set({ ...refusal.headers })
    ctx.body = refusal.body
    return undefined
  }
}

const requireJson: Handler = (ctx, next) => {
  if (!ctx.is('json')) throw notJson()
  return next()
}

const readJson = bodyParser({ enableTypes: ['json'], jsonLimit: LARGEST_BODY })

// An error arrives here after all inner middleware, the session included, has handled it.
const answerErrors: Handler = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    Object.assign(ctx, answerTo(error))
  }
}

const COOKIE_OPTIONS = { httpOnly: true, sameSite: 'lax', maxAge: LOGIN_LASTS, overwrite: true, signed: false } as const

/** The session id in the cookie format of express-session and @fastify/session, so that servers of all frameworks share logins. */
function sealed(secret: string): NonNullable<CreateSessionOptions['externalKey']> {
  return {
    get(ctx: Context) {
      const value = unescape(ctx.cookies.get(COOKIE) ?? '')
      return unsign(value.replace(/^s:/, ''), secret) || ''
    },
    set(ctx: Context, id) {
      ctx.cookies.set(COOKIE, `s:${sign(id, secret)}`, COOKIE_OPTIONS)
    },
  }
}
