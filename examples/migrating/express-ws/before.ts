import express from 'express'
import expressWs from 'express-ws'
import { SocketChat } from '../chat/by-hand.js'
import { addRoutes, sessions } from '../chat/express-app.js'
import { type Running, running } from '../chat/running.js'

/** The chat on express-ws. */
export function start(port = 0): Promise<Running> {
  const sockets = expressWs(express())
  const { app } = sockets
  const chat = new SocketChat()
  app.use(sessions())
  addRoutes(app, chat)
  // The client is connected already when the handler runs: it can be closed, and not be refused.
  app.ws('/chat', (socket, req) => {
    const { user } = req.session
    if (user) chat.add(socket, user)
    else socket.close(4401, 'login first')
  })
  return running(app.listen(port), () => {
    for (const client of sockets.getWss().clients) client.close(1001)
  })
}
