import { createServer, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { WebSocketServer } from 'ws'
import { serve } from './naive-rooms.js'

const NOWHERE = { write: (_chunk, _encoding, done) => done() }

/**
 * The least that a handshake through a framework can be: the app answers the upgrade as a request, on a response that leads
 * nowhere, and ws does its own handshake when that response has ended. There are no checks, no limits and no hub.
 * @param prototype that of the framework's responses
 */
export function bareUpgrades(server, prototype = ServerResponse.prototype) {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const Response = responseClass(ServerResponse, prototype)
  server.on('upgrade', (request, socket, head) => {
    const response = new Response(request)
    response.assignSocket(new Writable(NOWHERE))
    response.on('finish', () => sockets.handleUpgrade(request, socket, head, (client) => serve(client, request.url)))
    server.emit('request', request, response)
  })
  return server
}

/** The same on a server for an app. */
export function createBareServer(app, prototype) {
  return bareUpgrades(createServer(app), prototype)
}

function responseClass(base, prototype) {
  function Response(request) {
    Reflect.apply(base, this, [request])
  }
  Response.prototype = prototype
  return Response
}
