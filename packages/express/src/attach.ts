import type { AnyServer, AttachOptions } from '@wshub/core'
import { attachAdapter } from '@wshub/core/adapter'

/**
 * Passes the WebSocket upgrades of a server to the Express app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, or an HTTP/2 server with `allowHTTP1`, listening or not
 * @returns a function that undoes this call and nothing else; open connections stay open
 * @throws TypeError if it is not a server, an option is wrong, or it is already attached with other options
 */
export function attach(server: AnyServer, options?: AttachOptions): () => void {
  // Express sets the prototype of every request and response to those of the app. V8 is slow with objects whose prototype
  // changes: the change takes a seventh of the time of a handshake, and half of that of a repeated one. An object that is created
  // with that prototype is not changed. Only the requests of handshakes still are, because Node creates them.
  const responsePrototype = (): unknown => propertyOf(server.listeners('request'), 'response')
  // Not if there is another listener, because it may assign properties that are getters in Express.
  const requestPrototype = (): unknown =>
    server.listenerCount('request') === 1 ? propertyOf(server.listeners('request'), 'request') : undefined
  return attachAdapter(server, options, { requestPrototype, responsePrototype })
}

/** The `request` or the `response` of an Express app; other functions have none. */
function propertyOf(listeners: readonly object[], name: 'request' | 'response'): unknown {
  return listeners.map((listener) => Reflect.get(listener, name) as unknown).find(Boolean)
}
