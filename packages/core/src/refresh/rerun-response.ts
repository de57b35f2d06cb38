import { ServerResponse } from 'node:http'
import { hasSentHead } from '../upgrade/response-factory.js'
import { noop } from '../util/noop.js'

// The response of a repeated handshake. It is a real one, but middleware that wraps its methods must not save a session.

/**
 * Session middleware replaces `end` with a function that saves or touches the session. If a run is refused while the user logs
 * out, that function would restore the session. This property ignores the replacement.
 */
const UNWRAPPED_END: PropertyDescriptor = {
  configurable: true,
  get: () => Reflect.get(ServerResponse.prototype, 'end'),
  set: noop,
}

/** Keeps middleware from replacing `end` of a response. */
export function guardResponse(response: ServerResponse): ServerResponse {
  // If an app answers twice, Node emits `error` on the response. Without a listener that would end the process.
  return Object.defineProperty(response.on('error', noop), 'end', UNWRAPPED_END)
}

/** Ends the response of an accepted run with 204, by Node's own methods. The app may have put others in their place. */
export function endAccepted(response: ServerResponse): void {
  if (hasSentHead(response)) return
  response.removeHeader('Set-Cookie')
  callOriginal(response, 'writeHead', 204)
  callOriginal(response, 'end')
  // Middleware may set a header after its `next()`. That would throw, because the head is sent.
  response.setHeader = () => response
}

/** Calls a method of Node's own class, even if the app has put another one in its place. */
function callOriginal(response: ServerResponse, name: 'writeHead' | 'end', ...args: unknown[]): void {
  Reflect.apply(Reflect.get(ServerResponse.prototype, name), response, args)
}
