import express, { type Express, type RequestHandler } from 'express'
import session from 'express-session'

// The Express app that the protocols are added to.

declare module 'express-session' {
  interface SessionData {
    user: string
  }
}

/** An app with sessions and a login. */
export function createApp(): Express {
  const app = express()
  app.use(session({ secret: 'change me', resave: false, saveUninitialized: false }))
  app.post('/login/:user', (req, res) => {
    req.session.user = req.params.user
    res.sendStatus(204)
  })
  return app
}

export const requireUser: RequestHandler = (req, res, next) => {
  if (req.session.user) next()
  else res.status(401).send('login first')
}
