import type { IncomingMessage } from 'node:http'
import { OTHER_COPY } from '../util/package-copies.js'
import { isOfOtherCopy } from './exchange-registry.js'
import { isWebSocket } from './handshake-rules.js'
import { type HttpAnswer, refusalAnswer } from './http-answer.js'

/** The answer to a request on an upgrade route that this copy of the package did not receive as an upgrade. */
// RFC 9110 section 15.5.22: the answer names the protocol that the client should have asked for. HTTP/2 has no upgrades,
// and a message with the headers of one is malformed (RFC 9113 section 8.2.2).
export function upgradeRequired(request: IncomingMessage): HttpAnswer {
  const refusal = { status: 426, message: upgradeHint(request) }
  if (request.httpVersionMajor > 1) return refusalAnswer(refusal)
  return refusalAnswer({ ...refusal, headers: { Upgrade: 'websocket', Connection: 'Upgrade' } })
}

/** Whether a request is a handshake without its Upgrade header. */
export function lacksUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade === undefined && headers['sec-websocket-key'] !== undefined
}

function upgradeHint(request: IncomingMessage): string {
  if (request.httpVersionMajor > 1) return 'This is a WebSocket endpoint: it is reached over HTTP/1.1.'
  if (isOfOtherCopy(request)) return `attach() of another copy brought this upgrade. ${OTHER_COPY}`
  if (lacksUpgrade(request)) return 'The handshake came without its Upgrade header: a proxy has removed it.'
  return isWebSocket(request)
    ? 'This server does not bring WebSocket upgrades to its app: attach(server) was not called.'
    : 'This is a WebSocket endpoint.'
}
