import { ServerResponse } from 'node:http'
import { hasSentHead } from '../upgrade/response-factory.js'
import { noop } from '../util/noop.js'

// The response of a repeated handshake. It is a real one, and nothing that middleware has put around it may save a session.

/**
 * Session middleware puts a function in place of `end`, which saves or touches the session. A run that is refused while the
 * user logs out would so restore the session. Here such a function has no effect.
 */
const UNWRAPPED_END: PropertyDescriptor = {
  configurable: true,
  get: () => Reflect.get(ServerResponse.prototype, 'end'),
  set: noop,
}

/** Keeps middleware from wrapping the end of a response. */
export function guardResponse(response: ServerResponse): ServerResponse {
  // An app that answers twice: Node reports it on the response, and without a listener that would end the process.
  return Object.defineProperty(response.on('error', noop), 'end', UNWRAPPED_END)
}

/** Ends the response of an accepted run with 204, below everything that the app has wrapped around its methods. */
export function endAccepted(response: ServerResponse): void {
  if (hasSentHead(response)) return
  response.removeHeader('Set-Cookie')
  callOriginal(response, 'writeHead', 204)
  callOriginal(response, 'end')
  // A header that middleware sets after its `next()` would throw, because the head has left.
  response.setHeader = () => response
}

/** Calls a method of Node's own class, below what the app has put in its place. */
function callOriginal(response: ServerResponse, name: 'writeHead' | 'end', ...args: unknown[]): void {
  Reflect.apply(Reflect.get(ServerResponse.prototype, name), response, args)
}
