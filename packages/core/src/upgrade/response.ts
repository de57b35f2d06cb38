import { type IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Writable } from 'node:stream'

/** A real response for an upgrade, whose bytes go into a sink. */
export function respond(request: IncomingMessage, sink: Writable, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(asSocket(sink, socket))
  // http.Server passes this on for its own responses.
  sink.on('drain', () => response.emit('drain')).on('error', ignore)
  return response
}

/** Whether the head has left, by Node's own word: layers between frameworks put a `headersSent` of theirs on responses. */
export function hasHead(response: ServerResponse): boolean {
  return Reflect.get(OutgoingMessage.prototype, 'headersSent', response)
}

/** The sink as the app sees it: a socket like the real one, except that what is written goes elsewhere. */
function asSocket(sink: Writable, socket: Duplex): Socket {
  const get = (target: Writable, key: string | symbol): unknown => {
    const owner = key in target ? target : socket
    const value: unknown = Reflect.get(owner, key)
    return typeof value === 'function' ? (value.bind(owner) as unknown) : value
  }
  return new Proxy(sink, { get }) as unknown as Socket
}

function ignore(): void {}
