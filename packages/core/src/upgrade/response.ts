import { type IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A real response for an upgrade, whose bytes go into a sink. */
export function respond(request: IncomingMessage, sink: Socket): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(sink)
  // http.Server passes this on for its own responses.
  sink.on('drain', () => response.emit('drain')).on('error', ignore)
  return response
}

/** Whether the head has left, by Node's own word: layers between frameworks put a `headersSent` of theirs on responses. */
export function hasHead(response: ServerResponse): boolean {
  return Reflect.get(OutgoingMessage.prototype, 'headersSent', response)
}

function ignore(): void {}
