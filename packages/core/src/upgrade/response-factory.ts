import { type IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { classWithPrototype } from '../util/class-with-prototype.js'

/** The owner of a response. */
export interface ResponseListener {
  /** All of it has been written. */
  finished(): void
}

const LISTENER = Symbol('wshub.author')

type ListenedResponse = ServerResponse & { [LISTENER]: ResponseListener }

/** Makes the response of an upgrade before it has a socket. */
export type MakeResponse = (request: IncomingMessage) => ServerResponse

/**
 * Makes responses as http.Server does.
 * @param prototype returns the prototype of the responses, if it is one of a response; called once
 */
export function responseFactory(prototype: () => unknown): MakeResponse {
  let Response: (new (request: IncomingMessage) => ServerResponse) | undefined
  return (request) =>
    new (Response ??= classWithPrototype<IncomingMessage, ServerResponse>(ServerResponse, prototype()))(request)
}

/** Writes a response to a substitute socket. */
export function connectResponse(made: ServerResponse, socket: Socket, author: ResponseListener): ServerResponse {
  const response = made as ListenedResponse
  response[LISTENER] = author
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  return response.on('finish', finished)
}

// No closure: V8 may make the table of an emitter's listeners an old object at once, and what an old one refers to
// outlives the handshake until a full collection, holes in the heap included.
function finished(this: ListenedResponse): void {
  this[LISTENER].finished()
}

/** Whether the head has left, by Node's own word: layers between frameworks put a `headersSent` of theirs on responses. */
export function hasSentHead(response: ServerResponse): boolean {
  return Reflect.get(OutgoingMessage.prototype, 'headersSent', response)
}
