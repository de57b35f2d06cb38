import type { IncomingHttpHeaders } from 'node:http'
import { sharedText } from '../util/shared-text.js'

/** No header contains it: Node refuses such requests. */
const HEADER_SEPARATOR = '\0'

/**
 * Headers that have the same values in the handshakes of many clients: those that a browser sends to every site, and
 * those of the site.
 */
const COMMON_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'dnt',
  'host',
  'origin',
  'pragma',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-gpc',
  'sec-websocket-extensions',
  'sec-websocket-version',
  'upgrade',
  'user-agent',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
])

/** The headers of a request as two texts. Values that middleware has set become text too. */
export interface PackedHeaders {
  /** Kept once for all connections with the same text. */
  readonly common: string
  /** Those of one client, such as its cookies. */
  readonly own: string
}

/** The common headers of the last handshake, as a list and as text: the next handshake often has the same. */
let lastCommon: { readonly parts: readonly string[]; readonly text: string } = { parts: [], text: '' }

/** Packs headers. An object with fifteen headers of a browser needs four times as much memory. */
export function packHeaders(headers: IncomingHttpHeaders): PackedHeaders {
  const common: string[] = []
  const own: string[] = []
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    const parts = COMMON_HEADERS.has(name) ? common : own
    if (Array.isArray(value)) for (const one of value) parts.push(name, one)
    else if (value !== undefined) parts.push(name, value)
  }
  return { common: commonText(common), own: own.join(HEADER_SEPARATOR) }
}

function commonText(parts: readonly string[]): string {
  if (!areEqual(parts, lastCommon.parts)) lastCommon = { parts, text: sharedText(parts.join(HEADER_SEPARATOR)) }
  return lastCommon.text
}

function areEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, index) => text === others[index])
}

/** The same headers as an object like that of Node. A header with several values is an array, and so is `set-cookie`. */
export function unpackHeaders({ common, own }: PackedHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  addHeaders(headers, common)
  addHeaders(headers, own)
  return headers
}

function addHeaders(headers: IncomingHttpHeaders, text: string): void {
  const parts = text === '' ? [] : text.split(HEADER_SEPARATOR)
  for (let index = 0; index < parts.length; index += 2)
    addHeader(headers, parts[index] as string, parts[index + 1] as string)
}

function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined) headers[name] = name === 'set-cookie' ? [value] : value
  else headers[name] = Array.isArray(before) ? [...before, value] : [before, value]
}
