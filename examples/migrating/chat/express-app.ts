import type { Application, RequestHandler } from 'express'
import session from 'express-session'
import type { Audience } from './messages.js'

// What the Express app has before and after the move: sessions, a login, and routes that reach the clients.

declare module 'express-session' {
  interface SessionData {
    user: string
  }
}

export function sessions(): RequestHandler {
  return session({ secret: 'change me', resave: false, saveUninitialized: false })
}

export function addRoutes(app: Application, chat: Audience): void {
  app.post('/login/:user', (req, res) => {
    req.session.user = req.params.user
    res.sendStatus(204)
  })
  app.post('/announce/:text', requireUser, (req, res) => {
    chat.announce(String(req.params['text']))
    res.sendStatus(204)
  })
  app.post('/kick/:user', requireUser, (req, res) => {
    chat.kick(String(req.params['user']))
    res.sendStatus(204)
  })
}

export const requireUser: RequestHandler = (req, res, next) => {
  if (req.session.user) next()
  else res.status(401).send('login first')
}
