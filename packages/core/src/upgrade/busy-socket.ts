import { EventEmitter } from 'node:events'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** The property of a socket in which Node keeps the response that is assigned to it. */
const OWNER = '_httpMessage'

/** A response that is assigned to sockets to test them, and never sent. */
const PROBE_RESPONSE = new ServerResponse({
  method: 'GET',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
} as IncomingMessage)

/** Whether this Node has that property. If not, the probe is assigned to each socket, which takes as long as adding two listeners. */
const showsOwner = canSeeOwner()

/** Whether an earlier request of the same connection has no answer yet. Two responses can't share a socket. */
export function isBusy(socket: Duplex): boolean {
  return showsOwner ? Boolean(Reflect.get(socket, OWNER)) : refusesProbe(socket)
}

/** Assigns the probe: Node throws if the socket has another response. */
function refusesProbe(socket: Duplex): boolean {
  try {
    PROBE_RESPONSE.assignSocket(socket as Socket)
    PROBE_RESPONSE.detachSocket(socket as Socket)
    return false
  } catch {
    return true
  }
}

function canSeeOwner(): boolean {
  const socket = new EventEmitter() as Socket
  PROBE_RESPONSE.assignSocket(socket)
  const isSeen = Reflect.get(socket, OWNER) === PROBE_RESPONSE
  PROBE_RESPONSE.detachSocket(socket)
  return isSeen && !Reflect.get(socket, OWNER)
}
