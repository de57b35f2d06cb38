import type { IncomingMessage } from 'node:http'
import { quote } from '../errors.js'
import { checkExtensions, parseProtocols } from './extension-negotiation.js'
import { normalizeHost } from './host-list.js'
import type { HttpRefusal } from './http-answer.js'

/** 16 bytes in base64 (RFC 6455 section 4.1). */
const KEY_PATTERN = /^[+/0-9A-Za-z]{21}[AQgw]==$/
/** Spellings of a path that routers and proxies may read in different ways. */
const AMBIGUOUS_PATH = /\/\/|\\|\/\.{1,2}(?:\/|$)|%2e|[^\x21-\x7e]|#/i
/** Node drops headers beyond this number without an error, unless `server.maxHeadersCount` is set. */
const MAX_HEADERS = 1000

/** Whether a request asks for WebSocket and nothing else. */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** The refusal of an invalid opening handshake (RFC 6455 section 4.2.1); `undefined` if the app may see the request. */
export function checkHandshake(request: IncomingMessage, maxHeaders: number | null): HttpRefusal | undefined {
  const tooMany = checkHeaderCount(request, maxHeaders)
  if (tooMany) return tooMany
  for (const rule of HANDSHAKE_RULES) {
    const refusal = rule(request)
    if (refusal) return refusal
  }
  return undefined
}

/** Refuses a request if Node may have dropped some of its headers: the checks of the app may depend on them. */
export function checkHeaderCount({ rawHeaders }: IncomingMessage, maxHeaders: number | null): HttpRefusal | undefined {
  const most = maxHeaders === 0 ? Infinity : (maxHeaders ?? MAX_HEADERS)
  if (rawHeaders.length / 2 < most) return undefined
  return { status: 431, message: 'The request has too many headers.' }
}

type HandshakeRule = (request: IncomingMessage) => HttpRefusal | false | undefined

const bad = (message: string): HttpRefusal => ({ status: 400, message })

const HANDSHAKE_RULES: readonly HandshakeRule[] = [
  ({ httpVersionMajor, httpVersionMinor }) =>
    (httpVersionMajor !== 1 || httpVersionMinor < 1) && bad('A WebSocket handshake needs HTTP/1.1.'),

  ({ method }) =>
    method !== 'GET' && { status: 405, message: 'A WebSocket handshake is a GET request.', headers: { Allow: 'GET' } },

  ({ headers }) =>
    (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) &&
    bad('A WebSocket handshake has no body.'),

  (request) => countHeaders(request, 'host') !== 1 && bad('The request must have one Host header.'),

  ({ headers }) => normalizeHost(headers.host ?? '') === undefined && bad('The Host header is not host[:port].'),

  ({ url }) => checkTarget(url ?? ''),

  ({ headers }) =>
    headers['sec-websocket-version'] !== '13' && {
      status: 426,
      message: 'Only version 13 of WebSocket is spoken here.',
      headers: { 'Sec-WebSocket-Version': '13' },
    },

  ({ headers }) =>
    !KEY_PATTERN.test(headers['sec-websocket-key'] ?? '') &&
    bad('The Sec-WebSocket-Key header is missing, doubled or malformed.'),

  ({ headers }) => malformed('Sec-WebSocket-Protocol', headers['sec-websocket-protocol'], parseProtocols),

  ({ headers }) => malformed('Sec-WebSocket-Extensions', headers['sec-websocket-extensions'], checkExtensions),
]

/** Refuses all spellings of a path but one, so that no other spelling bypasses the app's own checks. */
function checkTarget(target: string): HttpRefusal | undefined {
  const path = target.split('?', 1)[0] as string
  if (!path.startsWith('/')) return bad('The request-target must be a path.')
  if (AMBIGUOUS_PATH.test(path) || !decodable(path)) return bad(`The path ${quote(path)} is not in its plain form.`)
  return undefined
}

function decodable(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function malformed(
  name: string,
  value: string | undefined,
  parse: (header: string) => unknown,
): HttpRefusal | undefined {
  if (value === undefined) return undefined
  try {
    parse(value)
    return undefined
  } catch {
    return bad(`The ${name} header is malformed.`)
  }
}

/** How often a header occurs in a request. Node's `headers` shows some headers only once. */
export function countHeaders({ rawHeaders }: IncomingMessage, name: string): number {
  let found = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string
    if (header.length === name.length && header.toLowerCase() === name) found += 1
  }
  return found
}
