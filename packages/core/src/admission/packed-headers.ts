import type { IncomingHttpHeaders } from 'node:http'
import { sharedText } from '../util/shared-text.js'

/** Stands in no header: Node refuses requests that hold it. */
const HEADER_SEPARATOR = '\0'

/** Headers that have the same values in the handshakes of many clients: what the browser sends anywhere, and where it connects. */
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

/** The headers of a request as two texts. Whatever middleware has put there becomes text, too. */
export interface PackedHeaders {
  /** Kept once for all connections with the same text. */
  readonly common: string
  /** Those of one client, such as its cookies. */
  readonly own: string
}

/** Packs headers. As an object, fifteen headers of a browser need four times as much memory. */
export function packHeaders(headers: IncomingHttpHeaders): PackedHeaders {
  let common = ''
  const own: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || !Object.hasOwn(headers, name)) continue
    const text = pack(name, value)
    if (COMMON_HEADERS.has(name)) common += text
    else own.push(text)
  }
  return { common: sharedText(common), own: own.join('') }
}

function pack(name: string, value: string | string[]): string {
  if (typeof value === 'string') return name + HEADER_SEPARATOR + value + HEADER_SEPARATOR
  return [value]
    .flat()
    .map((one) => name + HEADER_SEPARATOR + one + HEADER_SEPARATOR)
    .join('')
}

/** The same headers as an object like that of Node: lists are arrays. */
export function unpackHeaders({ common, own }: PackedHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  const parts = (common + own).split(HEADER_SEPARATOR)
  for (let index = 0; index + 1 < parts.length; index += 2)
    addHeader(headers, parts[index] as string, parts[index + 1] as string)
  return headers
}

function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined) headers[name] = name === 'set-cookie' ? [value] : value
  else headers[name] = Array.isArray(before) ? [...before, value] : [before, value]
}
