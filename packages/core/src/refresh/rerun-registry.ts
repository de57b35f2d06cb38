import type { IncomingMessage } from 'node:http'
import type { HandshakeRerun } from './handshake-rerun.js'

/** A symbol, because the network can't set one. Proxies around the request pass it on. */
const RERUN = Symbol('wshub.rerun')

type RepeatedRequest = IncomingMessage & { [RERUN]?: HandshakeRerun }

/** Notes that a request repeats the handshake of an open connection. */
export function registerRerun(rerun: HandshakeRerun): void {
  const request: RepeatedRequest = rerun.request
  request[RERUN] = rerun
}

/** The run that a request belongs to; `undefined` for every request that came from the network. */
export function rerunOf(request: RepeatedRequest): HandshakeRerun | undefined {
  return request[RERUN]
}

/**
 * Whether a request repeats the handshake of an open connection, for `hub:refresh` or `revalidate`. Middleware that counts
 * or logs requests of clients can skip it.
 */
export function isRefresh(request: IncomingMessage): boolean {
  return rerunOf(request) !== undefined
}
