import express, { type Express, type RequestHandler } from 'express'
import type { Audience } from '../chat/messages.js'
import { login, userOf } from '../chat/tokens.js'

/** The Express app of the chat, before and after the move. */
export function createApp(chat: Audience): Express {
  const app = express()
  app.post('/login/:user', (req, res) => res.json({ token: login(req.params.user) }))
  app.post('/announce/:text', requireUser, (req, res) => {
    chat.announce(String(req.params['text']))
    res.sendStatus(204)
  })
  app.post('/kick/:user', requireUser, (req, res) => {
    chat.kick(String(req.params['user']))
    res.sendStatus(204)
  })
  return app
}

export const requireUser: RequestHandler = (req, res, next) => {
  if (userOf(req)) next()
  else res.status(401).send('login first')
}
