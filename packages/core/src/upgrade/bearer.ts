import type { IncomingMessage } from 'node:http'

/** The subprotocol that is selected where a token came beside it. */
export const BEARER_PROTOCOL = 'wshub'
const PREFIX = 'bearer.'

/**
 * Browsers can't set headers on a WebSocket, but they can offer subprotocols: `wshub, bearer.<token>` becomes
 * `Authorization: Bearer <token>`, so that the token middleware that is there already works. A header that the client
 * did send stays. The token is removed from the offered subprotocols, because logs redact `authorization` alone.
 * @returns whether a token was offered in this way
 */
export function readBearer({ headers, rawHeaders }: IncomingMessage): boolean {
  const offered = protocolsOf(headers['sec-websocket-protocol'] ?? '')
  const token = offered.find(isToken)?.slice(PREFIX.length)
  if (!token || !offered.includes(BEARER_PROTOCOL)) return false
  headers['sec-websocket-protocol'] = withoutTokens(offered)
  removeTokens(rawHeaders)
  if (headers.authorization !== undefined) return true
  headers.authorization = `Bearer ${token}`
  rawHeaders.push('Authorization', headers.authorization)
  return true
}

function removeTokens(rawHeaders: string[]): void {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== 'sec-websocket-protocol') continue
    rawHeaders[index + 1] = withoutTokens(protocolsOf(rawHeaders[index + 1] ?? ''))
  }
}

function protocolsOf(header: string): string[] {
  return header.split(',').map((protocol) => protocol.trim())
}

function withoutTokens(protocols: readonly string[]): string {
  return protocols.filter((protocol) => !isToken(protocol)).join(', ')
}

function isToken(protocol: string): boolean {
  return protocol.startsWith(PREFIX)
}
