import { EventEmitter } from 'node:events'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Where Node keeps the response that a socket belongs to. */
const OWNER = '_httpMessage'

/** Never answers anything. */
const PROBE_RESPONSE = new ServerResponse({
  method: 'GET',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
} as IncomingMessage)

/** If a version of Node keeps it elsewhere, the probe is assigned to each socket: it takes two listeners' time. */
const showsOwner = canSeeOwner()

/** Whether an earlier request of the same connection has no answer yet: two responses can't share a socket. */
export function isBusy(socket: Duplex): boolean {
  return showsOwner ? Boolean(Reflect.get(socket, OWNER)) : refusesProbe(socket)
}

/** Node tells so only by refusing to assign it twice. */
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
