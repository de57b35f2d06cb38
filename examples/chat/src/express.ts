import { createServer, type Server } from 'node:http'
import { promisify } from 'node:util'
import { attach, upgrade } from '@wshub/express'
import { inspector } from '@wshub/inspector/express'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import session, { type SessionData, Store } from 'express-session'
import { INSPECTED, InspectorKey } from './inspection.js'
import { answerTo, notFound, notJson, unauthorized } from './failures.js'
import type { Chat, Person } from './hub.js'
import type { Logins } from './logins.js'
import { lineInput, loginInput, parse, roomName } from './schemas.js'
import { CLIENT, COOKIE, HEADERS, LARGEST_BODY, LOGIN_LASTS, PAGE, personNamed } from './site.js'

declare module 'express-session' {
  interface SessionData {
    person: Person
  }
}

/** The chat in an Express app, on a server that does not listen yet. */
export function serveExpress(chat: Chat, logins: Logins): Server {
  const app = express()
  app.disable('x-powered-by')
  app.use(setHeaders)
  app.use(express.static(PAGE))
  app.get('/client.js', (_req, res) => res.sendFile(CLIENT))
  app.use(
    session({
      name: COOKIE,
      secret: logins.secret,
      store: new LoginStore(logins),
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: LOGIN_LASTS },
    }),
  )
  addLogin(app)
  addRooms(app, chat)

  // The last handler of an ordinary route: the session and requireUser have run, as for any request.
  app.get(
    '/ws',
    requireUser,
    upgrade(chat.hub, (req) => logins.describe(req.sessionID)),
  )

  app.use('/hub', inspectorsOnly(new InspectorKey(logins.secret)), inspector(chat.hub, INSPECTED))

  app.use((req) => {
    throw notFound(req)
  })
  app.use(answerError)
  const server = createServer(app)
  attach(server, { refusals: 'close' })
  return server
}

function addLogin(app: Express): void {
  app.post('/login', requireJson, readJson, async (req, res) => {
    const person = personNamed(parse(loginInput, req.body).name)
    // A login gets a new session id, so that an id that an attacker has set before is useless (session fixation).
    await promisify(req.session.regenerate.bind(req.session))()
    req.session.person = person
    // express-session answers before its store has saved the session, and the next request may reach another server.
    await promisify(req.session.save.bind(req.session))()
    res.json(person)
  })

  app.post('/logout', async (req, res) => {
    await promisify(req.session.destroy.bind(req.session))()
    res.clearCookie(COOKIE).status(204).end()
  })

  app.get('/api/me', requireUser, (req, res) => {
    res.json(req.session.person)
  })
}

function addRooms(app: Express, chat: Chat): void {
  app.get('/api/rooms', async (_req, res) => {
    res.json(await chat.rooms())
  })

  app.get('/api/rooms/:room/stats', async (req, res) => {
    res.json(await chat.stats(parse(roomName, req.params.room)))
  })

  app.post('/api/rooms/:room/messages', requireUser, requireJson, readJson, async (req, res) => {
    const room = parse(roomName, req.params['room'])
    res.status(201).json(await chat.post(room, req.session.person as Person, parse(lineInput, req.body)))
  })
}

const setHeaders: RequestHandler = (_req, res, next) => {
  res.set(HEADERS)
  next()
}

const requireUser: RequestHandler = (req, _res, next) => {
  if (!req.session.person) throw unauthorized()
  next()
}

function inspectorsOnly(key: InspectorKey): RequestHandler {
  return (req, res, next) => {
    const refusal = key.refuse({ url: req.originalUrl, cookie: req.headers.cookie })
    if (refusal) res.status(refusal.status).set(refusal.headers).send(refusal.body)
    else next()
  }
}

const requireJson: RequestHandler = (req, _res, next) => {
  if (!req.is('json')) throw notJson()
  next()
}

const readJson = express.json({ limit: LARGEST_BODY })

// Express takes a function of four parameters for an error handler.
const answerError: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const { status, body } = answerTo(error)
  res.status(status).json(body)
}

/** The logins as a store of express-session. */
class LoginStore extends Store {
  readonly #logins: Logins

  constructor(logins: Logins) {
    super()
    this.#logins = logins
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const found = this.#logins.get(id)
    found.then((login) => done(null, login && { person: login.person, cookie: { originalMaxAge: LOGIN_LASTS } }), done)
  }

  override set(id: string, { person }: SessionData, done: (error?: unknown) => void = () => {}): void {
    this.#logins.set(id, person).then(() => done(), done)
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    this.#logins.delete(id).then(() => done(), done)
  }
}
