import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { classWithPrototype } from '../util/class-with-prototype.js'

/** Makes the request of a repeated handshake. */
export type MakeRequest = (socket: Socket) => IncomingMessage

/**
 * Makes requests as Node's parser does.
 * @param prototype called once, returns the prototype of the framework's requests; ignored unless it is an `IncomingMessage`
 */
export function requestFactory(prototype: () => unknown): MakeRequest {
  let Request: (new (socket: Socket) => IncomingMessage) | undefined
  return (socket) => new (Request ??= classWithPrototype(IncomingMessage, prototype()))(socket)
}
