import type { AnyServer, AttachOptions } from '@wshub/core'
import { attachAdapter } from '@wshub/core/adapter'

/**
 * Passes the WebSocket upgrades of a server to the Express app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, or an HTTP/2 server with `allowHTTP1`, listening or not
 * @returns detach: removes what this call added and nothing else; open connections stay
 * @throws TypeError if it is not a server, an option is wrong, or it is attached with other options
 */
export function attach(server: AnyServer, options?: AttachOptions): () => void {
  // Express sets the prototype of every response to `app.response`. V8 is slow with objects whose prototype changes: it
  // costs a seventh of a handshake. A response that is created with that prototype stays as it is.
  const responsePrototype = (): unknown => server.listeners('request').map(responseOf).find(Boolean)
  return attachAdapter(server, options, { responsePrototype })
}

/** The `response` of an Express app; `undefined` for other functions. */
function responseOf(app: object): unknown {
  return Reflect.get(app, 'response')
}
