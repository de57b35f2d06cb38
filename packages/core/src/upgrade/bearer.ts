import type { IncomingMessage } from 'node:http'

/** The subprotocol that is selected where a token came beside it. */
export const BEARER_PROTOCOL = 'wshub'
const PREFIX = 'bearer.'

/**
 * Browsers can't set headers on a WebSocket, but they can offer subprotocols: `wshub, bearer.<token>` becomes
 * `Authorization: Bearer <token>`, so that the token middleware that is there already works. A header that the client
 * did send stays.
 * @returns whether a token was offered in this way
 */
export function readBearer({ headers, rawHeaders }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim()) ?? []
  const token = offered.find((protocol) => protocol.startsWith(PREFIX))?.slice(PREFIX.length)
  if (!token || !offered.includes(BEARER_PROTOCOL)) return false
  if (headers.authorization !== undefined) return true
  headers.authorization = `Bearer ${token}`
  rawHeaders.push('Authorization', headers.authorization)
  return true
}
