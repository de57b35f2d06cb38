import { type IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { classWithPrototype } from '../util/class-with-prototype.js'

/** The owner of a response. */
export interface ResponseListener {
  /** The whole response has been written. */
  finished(): void
}

const LISTENER = Symbol('wshub.listener')

type ListenedResponse = ServerResponse & { [LISTENER]: ResponseListener }

/** Makes the response of an upgrade before it has a socket. */
export type MakeResponse = (request: IncomingMessage) => ServerResponse

/**
 * Makes responses as http.Server does.
 * @param prototype returns the prototype of the responses; ignored if it is not that of a `ServerResponse`. Called once
 */
export function responseFactory(prototype: () => unknown): MakeResponse {
  let Response: (new (request: IncomingMessage) => ServerResponse) | undefined
  return (request) =>
    new (Response ??= classWithPrototype<IncomingMessage, ServerResponse>(ServerResponse, prototype()))(request)
}

/** Writes a response to a substitute socket. */
export function connectResponse(made: ServerResponse, socket: Socket, listener: ResponseListener): ServerResponse {
  const response = made as ListenedResponse
  response[LISTENER] = listener
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  return response.on('finish', finished)
}

// Not a closure: V8 may allocate the table of an emitter's listeners among the old objects. Everything that such a table refers to
// stays in memory after the handshake until a full garbage collection, and fragments the heap.
function finished(this: ListenedResponse): void {
  this[LISTENER].finished()
}

/** Whether the head was sent, by Node's own getter: layers between frameworks define a `headersSent` of their own on responses. */
export function hasSentHead(response: ServerResponse): boolean {
  return Reflect.get(OutgoingMessage.prototype, 'headersSent', response)
}
