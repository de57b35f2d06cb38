import type { IncomingMessage } from 'node:http'
import { SUBPROTOCOL } from '../protocol/index.js'

const TOKEN_PREFIX = 'bearer.'

/**
 * Browsers can't set headers on a WebSocket, but they can offer subprotocols: `wshub, bearer.<token>` becomes
 * `Authorization: Bearer <token>`, so that existing token middleware works. An Authorization header that the client sent is
 * kept. Tokens are removed from the offered subprotocols, because logs redact only `authorization`. This includes tokens that
 * are not used because they are misspelt or offered without `wshub`.
 * @returns whether a token was offered in this way
 */
export function readBearer({ headers, rawHeaders }: IncomingMessage): boolean {
  const offered = protocolsOf(headers['sec-websocket-protocol'] ?? '')
  if (!offered.some(isToken)) return false
  const kept = withoutTokens(offered)
  if (kept === '') delete headers['sec-websocket-protocol']
  else headers['sec-websocket-protocol'] = kept
  removeTokens(rawHeaders)
  const token = offered
    .find((protocol) => protocol.startsWith(TOKEN_PREFIX) && protocol !== TOKEN_PREFIX)
    ?.slice(TOKEN_PREFIX.length)
  if (!token || !offered.includes(SUBPROTOCOL)) return false
  if (headers.authorization !== undefined) return true
  headers.authorization = `Bearer ${token}`
  rawHeaders.push('Authorization', headers.authorization)
  return true
}

function removeTokens(rawHeaders: string[]): void {
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (rawHeaders[index]?.toLowerCase() !== 'sec-websocket-protocol') continue
    const kept = withoutTokens(protocolsOf(rawHeaders[index + 1] ?? ''))
    if (kept === '') rawHeaders.splice(index, 2)
    else rawHeaders[index + 1] = kept
  }
}

function protocolsOf(header: string): string[] {
  return header.split(',').map((protocol) => protocol.trim())
}

function withoutTokens(protocols: readonly string[]): string {
  return protocols.filter((protocol) => !isToken(protocol)).join(', ')
}

function isToken(protocol: string): boolean {
  return protocol.toLowerCase().startsWith(TOKEN_PREFIX)
}
