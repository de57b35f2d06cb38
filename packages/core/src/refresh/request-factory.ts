import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { classWithPrototype } from '../util/class-with-prototype.js'

/** Makes the request of a repeated handshake. */
export type MakeRequest = (socket: Socket) => IncomingMessage

/**
 * Makes requests as Node's parser does.
 * @param prototype returns the prototype of the requests of the framework; ignored unless it is one of `IncomingMessage`; called once
 */
export function requestFactory(prototype: () => unknown): MakeRequest {
  let Request: (new (socket: Socket) => IncomingMessage) | undefined
  return (socket) => new (Request ??= classWithPrototype(IncomingMessage, prototype()))(socket)
}
