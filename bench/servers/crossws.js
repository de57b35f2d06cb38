import { createServer } from 'node:http'
import crossws from 'crossws/adapters/node'
import { listen, roomOf, settings } from './host.js'
import { answerRequest } from './request.js'

const MODES = {
  broadcast(peer, message) {
    const text = message.text()
    peer.publish(roomOf(peer.request.url), text)
    peer.send(text)
  },
  echo: (peer, message) => void peer.send(message.text()),
  request: (peer, message) => void peer.send(answerRequest(message.text())),
}

const adapter = crossws({
  hooks: {
    open: (peer) => peer.subscribe(roomOf(peer.request.url)),
    message: MODES[settings.mode],
  },
})
const server = createServer()
server.on('upgrade', (request, socket, head) => void adapter.handleUpgrade(request, socket, head))
listen(server)
