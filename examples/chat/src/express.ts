import { createServer, type Server } from 'node:http'
import { HubError } from '@wshub/core'
import { attach, type Description, upgrade } from '@wshub/express'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import session, { type SessionData, Store } from 'express-session'
import type { Chat, Person } from './hub.js'
import type { Logins } from './logins.js'
import { lineInput, loginInput, parse, roomName } from './schemas.js'
import { COOKIE, HEADERS, LOGIN_LASTS, PAGE, personNamed } from './site.js'

declare module 'express-session' {
  interface SessionData {
    person: Person
  }
}

/** The chat in an Express app, on a server that does not listen yet. */
export function serveExpress(chat: Chat, logins: Logins): Server {
  const app = express()
  app.disable('x-powered-by')
  app.use((_req, res, next) => {
    res.set(HEADERS)
    next()
  })
  app.use(express.static(PAGE))
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
  addLogin(app, chat)
  addRooms(app, chat)

  // The last handler of an ordinary route: the session and requireUser have run, as for any request.
  app.get('/ws', requireUser, upgrade(chat.hub, describe))

  app.use(({ method, path }) => {
    throw new HubError('not_found', `There is no ${method} ${path}.`, { status: 404 })
  })
  app.use(answerError)
  const server = createServer(app)
  attach(server)
  return server
}

/** Who a connection is; when its login ends, it ends. */
function describe({ sessionID, session: { person, cookie } }: Request<Record<string, string>>): Description<Person> {
  if (!person) throw unauthorized()
  const { expires } = cookie
  return { user: person.id, data: person, session: sessionID, ...(expires && { expiresAt: expires }) }
}

function addLogin(app: Express, chat: Chat): void {
  app.post('/login', express.json(), requireJson, (req, res, next) => {
    const person = personNamed(parse(loginInput, req.body).name)
    const answer = (): void => {
      req.session.person = person
      res.json(person)
    }
    // A new id for a new login: one that was planted before is worth nothing.
    endSession(req, chat).then(answer).catch(next)
  })

  app.post('/logout', (req, res, next) => {
    const answer = (): unknown => res.clearCookie(COOKIE).status(204).end()
    endSession(req, chat).then(answer).catch(next)
  })

  app.get('/api/me', requireUser, (req, res) => {
    res.json(req.session.person)
  })
}

function addRooms(app: Express, chat: Chat): void {
  app.get('/api/rooms', (_req, res) => {
    res.json(chat.rooms())
  })

  app.get('/api/rooms/:room/stats', (req, res) => {
    res.json(chat.stats(parse(roomName, req.params.room)))
  })

  app.post('/api/rooms/:room/messages', requireUser, express.json(), requireJson, (req, res) => {
    const room = parse(roomName, req.params['room'])
    res.status(201).json(chat.post(room, req.session.person as Person, parse(lineInput, req.body)))
  })
}

/** Ends the login of a request, the sockets that were opened with it included. */
async function endSession(req: Request, chat: Chat): Promise<void> {
  const { sessionID } = req
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error?: Error) => (error ? reject(error) : resolve()))
  })
  chat.hub.session(sessionID).disconnect()
}

const requireUser: RequestHandler = (req, _res, next) => {
  if (!req.session.person) throw unauthorized()
  next()
}

function unauthorized(): HubError {
  return new HubError('unauthorized', 'Log in first: POST /login.', { status: 401 })
}

const requireJson: RequestHandler = (req, _res, next) => {
  if (!req.is('json'))
    throw new HubError('not_json', 'Send JSON, with Content-Type: application/json.', { status: 415 })
  next()
}

// Express takes a function of four parameters for an error handler.
const answerError: ErrorRequestHandler = (error: Partial<HubError>, _req, res, next) => {
  if (res.headersSent) return next(error)
  const { status = 500, expose = status < 500, code = 'invalid_request', message, issues } = error
  if (!expose) console.error(error)
  const shown = expose ? { code, message, issues } : { code: 'internal', message: 'The server failed.' }
  res.status(status).json({ error: shown })
}

/** express-session's view of the logins. */
class LoginStore extends Store {
  readonly #logins: Logins

  constructor(logins: Logins) {
    super()
    this.#logins = logins
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    done(null, this.#logins.get(id) as SessionData | undefined)
  }

  override set(id: string, data: SessionData, done: (error?: unknown) => void = () => {}): void {
    this.#logins.set(id, data).then(() => done(), done)
  }

  override touch(id: string, data: SessionData, done: () => void = () => {}): void {
    this.#logins.touch(id, data)
    done()
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    this.#logins.delete(id).then(() => done(), done)
  }
}
