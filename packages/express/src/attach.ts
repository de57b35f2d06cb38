import { type AnyServer, attach as attachServer, type AttachOptions } from '@wshub/core'

/**
 * Brings the WebSocket upgrades of a server to the Express app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, or an HTTP/2 server with `allowHTTP1`, listening or not
 * @returns detach: takes away what this call added and nothing else; open connections stay
 * @throws TypeError if it is not a server, an option is wrong, or it is attached with other options
 */
export function attach(server: AnyServer, options?: AttachOptions): () => void {
  // Express gives every response the prototype of its app, and an object whose prototype changes is dear to V8: a seventh
  // of a handshake. One that is born with it stays as it is.
  const prototype = (): unknown => server.listeners('request').map(responseOf).find(Boolean)
  return attachServer(server, options, { prototype })
}

/** What an Express app makes the prototype of its responses; `undefined` for other functions. */
function responseOf(app: unknown): unknown {
  return (app as { response?: unknown }).response
}
