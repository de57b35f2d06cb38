import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { quote } from '../errors.js'
import { count } from './handshake.js'
import type { Refusal } from './refusal.js'

/** `'*'`, or origins besides the request's own host; `https://*.example.com` stands for every subdomain. */
export type Origins = '*' | readonly string[]

const PLAIN_HOST = /^[\da-z.-]+(?::\d{1,5})?$/i
const PATTERN = /^[a-z][a-z0-9+.-]*:\/\/(\*\.)?[^\s/*?#@\\]+$/

/** Checks an `origins` option. @throws TypeError that names the entry that is no origin */
export function checkOrigins(origins: unknown): asserts origins is Origins | undefined {
  if (origins === undefined || origins === '*') return
  if (!Array.isArray(origins))
    throw new TypeError(`The option origins must be '*' or an array, not ${inspect(origins)}.`)
  for (const origin of origins as unknown[]) {
    if (typeof origin === 'string' && (origin === 'null' || PATTERN.test(origin))) continue
    throw new TypeError(
      `The option origins must hold origins such as 'https://app.example.com', not ${inspect(origin)}.`,
    )
  }
}

/**
 * Whether a page of this origin may connect (RFC 6455 section 10.2): browsers send cookies with a handshake whatever page
 * asks for it, so without this check any site could act as its visitors.
 * @param host what the client asked for, with its port
 */
export function checkOrigin(request: IncomingMessage, host: string, origins: Origins = []): Refusal | undefined {
  const { origin } = request.headers
  // Not a browser.
  if (origin === undefined || origins === '*') return undefined
  if (count(request, 'origin') === 1 && (isOwn(origin, host) || origins.some((pattern) => matches(pattern, origin)))) {
    return undefined
  }
  return { status: 403, message: `The origin ${quote(origin)} may not connect to ${quote(host)}.` }
}

function isOwn(origin: string, host: string): boolean {
  // What browsers send, letter by letter, needs no parser.
  if (PLAIN_HOST.test(host) && (origin === `https://${host}` || origin === `http://${host}`)) return true
  const page = parse(origin)
  return page !== undefined && page.host === parse(`${page.protocol}//${host}`)?.host
}

function matches(pattern: string, origin: string): boolean {
  if (pattern === origin) return true
  const page = parse(origin)
  const [scheme, rest = ''] = pattern.split('//*', 2) as [string, string?]
  return page !== undefined && rest !== '' && page.protocol === scheme && page.host.endsWith(rest) && page.host !== rest
}

/** An origin and nothing more: no path, no user, only web schemes. */
function parse(text: string): URL | undefined {
  if (!/^https?:\/\/[^\s/?#@\\]+$/i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text)
}
