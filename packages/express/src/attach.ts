import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { attach as attachServer, type AttachOptions } from '@wshub/core'

type ResponseClass = new (request: IncomingMessage) => ServerResponse

/**
 * Brings the WebSocket upgrades of a server to the Express app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, listening or not
 * @returns detach: takes away what this call added and nothing else; open connections stay
 * @throws TypeError where the server is none or an option is wrong
 */
export function attach(server: Server, options?: AttachOptions): () => void {
  let Response: ResponseClass | undefined
  return attachServer(server, options, (request) => new (Response ??= responseClassOf(server))(request))
}

/**
 * Express gives every response the prototype of its app, and an object whose prototype changes is dear to V8: a seventh of
 * a handshake. One that is born with it stays as it is.
 */
function responseClassOf(server: Server): ResponseClass {
  const prototype = server.listeners('request').map(prototypeOf).find(Boolean)
  if (!prototype) return ServerResponse
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- each call needs a class of its own
  function Response(this: ServerResponse, request: IncomingMessage): void {
    Reflect.apply(ServerResponse, this, [request])
  }
  Response.prototype = prototype
  return Response as unknown as ResponseClass
}

/** What an Express app makes the prototype of its responses; `undefined` for other functions. */
function prototypeOf(app: unknown): object | undefined {
  const { response } = app as { response?: unknown }
  return response instanceof ServerResponse ? response : undefined
}
