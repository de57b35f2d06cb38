import express from 'express'
import { settings } from '../host.js'
import { readUser } from './cookie.js'

/** An Express app as the suite's servers have it; with three middlewares where handshakes are measured. */
export function createExpress() {
  const app = express()
  if (!settings.middleware) return app
  app.use((_, response, next) => {
    response.set('X-Frame-Options', 'SAMEORIGIN')
    next()
  })
  app.use((request, _, next) => {
    request.user = readUser(request.headers.cookie)
    next()
  })
  app.use((request, response, next) => {
    if (request.user) next()
    else response.status(401).end()
  })
  app.get('/plain/:room', (_, response) => response.status(200).end())
  return app
}
