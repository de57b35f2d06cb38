import type { Server } from 'node:http'
import { attach as attachServer, type AttachOptions } from '@wshub/core'

/**
 * Brings the WebSocket upgrades of a server to the Express app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, listening or not
 * @returns detach: takes away what this call added and nothing else; open connections stay
 * @throws TypeError where the server is none or an option is wrong
 */
export function attach(server: Server, options?: AttachOptions): () => void {
  // Express gives every response the prototype of its app, and an object whose prototype changes is dear to V8: a seventh
  // of a handshake. One that is born with it stays as it is.
  return attachServer(server, options, () => server.listeners('request').map(responseOf).find(Boolean))
}

/** What an Express app makes the prototype of its responses; `undefined` for other functions. */
function responseOf(app: unknown): unknown {
  return (app as { response?: unknown }).response
}
