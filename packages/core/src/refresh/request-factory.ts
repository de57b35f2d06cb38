import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Makes the request of a repeated handshake. */
export type MakeRequest = (socket: Socket) => IncomingMessage

type RequestClass = new (socket: Socket) => IncomingMessage

/**
 * Makes requests as Node's parser does.
 * @param prototype returns the prototype of the requests, if it is one of a request; called once
 */
export function requestFactory(prototype: () => unknown): MakeRequest {
  let Request: RequestClass | undefined
  return (socket) => new (Request ??= requestClass(prototype()))(socket)
}

function requestClass(prototype: unknown): RequestClass {
  if (!(prototype instanceof IncomingMessage)) return IncomingMessage
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- each prototype needs a class of its own
  function Request(this: IncomingMessage, socket: Socket): void {
    Reflect.apply(IncomingMessage, this, [socket])
  }
  Request.prototype = prototype
  return Request as unknown as RequestClass
}
