import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { SocketChat } from '../chat/by-hand.js'
import { type Running, running } from '../chat/running.js'
import { createApp } from './app.js'
import { userOf } from '../chat/tokens.js'

/** The chat on ws, beside an Express app. */
export function start(port = 0): Promise<Running> {
  const chat = new SocketChat()
  const server = createServer(createApp(chat))
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const user = userOf(request)
    if (request.url?.startsWith('/chat') && user)
      sockets.handleUpgrade(request, socket, head, (client) => chat.add(client, user))
    else socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 11\r\n\r\nlogin first')
  })
  return running(server.listen(port), () => {
    for (const client of sockets.clients) client.close(1001)
  })
}
