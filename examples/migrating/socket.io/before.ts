import { createServer } from 'node:http'
import express from 'express'
import { addRoutes, sessions } from '../chat/express-app.js'
import { type Running, running } from '../chat/running.js'
import { audienceOf, createIo } from './io.js'

/** The chat on socket.io and Express. */
export function start(port = 0): Promise<Running> {
  const app = express()
  const server = createServer(app)
  const withSession = sessions()
  const io = createIo(server, withSession)
  app.use(withSession)
  addRoutes(app, audienceOf(io))
  return running(server.listen(port), () => io.close())
}
