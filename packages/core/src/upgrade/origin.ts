import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import { quote } from '../errors.js'
import { normalizeHost } from './host-list.js'
import { hostOfUrl } from './url-host.js'
import { countHeaders } from './handshake-rules.js'
import type { HttpRefusal } from './http-answer.js'

/**
 * `'*'`, or origins besides the request's own host. `https://*.example.com` matches every subdomain. `null` (sandboxed
 * frames, files that a browser opens from disk) and `file://` (files in Electron) have to be listed by name.
 */
export type Origins = '*' | readonly string[]

/** The normal form of an origin. */
interface PageOrigin {
  /** In lower case, without its colon. */
  readonly scheme: string
  /** With its port if that is not the default one; empty for `null` and `file://`. */
  readonly host: string
}

/** The host and the scheme that a client asked for. */
export interface RequestTarget {
  /** With its port. */
  readonly host: string
  readonly secure: boolean
}

const SERIALIZED_ORIGIN = /^([a-z][\d+.a-z-]*):\/\/([^\s/?#@\\%*]+)$/i
/** The schemes whose hosts browsers normalise (URL standard, "special scheme"). */
const SPECIAL_SCHEMES = new Set(['http', 'https', 'ws', 'wss', 'ftp'])

/** Origins that an app allows, in normal form. */
export class OriginList {
  /** Whether every origin is allowed. */
  readonly any: boolean
  readonly #exact = new Set<string>()
  readonly #suffixes: PageOrigin[] = []

  /** @throws TypeError that names the entry that is not an origin */
  constructor(origins: Origins) {
    this.any = origins === '*'
    if (this.any) return
    if (!Array.isArray(origins))
      throw new TypeError(`The option origins must be '*' or an array, not ${inspect(origins)}.`)
    for (const origin of origins as unknown[]) this.#add(origin)
  }

  #add(entry: unknown): void {
    const text = typeof entry === 'string' ? entry : ''
    const wildcard = /^[a-z][\d+.a-z-]*:\/\/\*\./i.test(text)
    const page = parseOrigin(wildcard ? text.replace('*', 'w') : text)
    if (!page || (wildcard && page.host === 'w.'))
      throw new TypeError(
        `The option origins must hold origins such as 'https://app.example.com', not ${inspect(entry)}.`,
      )
    if (wildcard) this.#suffixes.push({ scheme: page.scheme, host: page.host.slice(1) })
    else this.#exact.add(serialize(page))
  }

  /** Whether a page is listed. @param page `undefined` for a malformed origin */
  includes(page: PageOrigin | undefined): boolean {
    if (this.any) return true
    if (!page) return false
    if (this.#exact.has(serialize(page))) return true
    return this.#suffixes.some(
      ({ scheme, host }) => page.scheme === scheme && page.host.endsWith(host) && page.host !== host,
    )
  }
}

/**
 * Refuses a page whose origin may not connect (RFC 6455 section 10.2). Browsers send cookies with the handshakes of any page, so
 * without this check any site could act as its visitors.
 * @param allowed decides about pages that are not of the request's own host
 * @returns the refusal; `undefined` if the client may connect
 */
export function originRefusal(
  request: IncomingMessage,
  asked: RequestTarget,
  allowed: (page: PageOrigin | undefined) => boolean,
): HttpRefusal | undefined {
  const { origin } = request.headers
  // Not a browser.
  if (origin === undefined) return undefined
  const isSingle = countHeaders(request, 'origin') === 1
  if (isSingle && isLastOwn(origin, asked)) return undefined
  const page = isSingle ? parseSent(origin) : undefined
  const isOfHost = page !== undefined && isOwn(page, asked)
  if (isOfHost) lastOwn = { ...asked, origin }
  if (isOfHost || allowed(page)) return undefined
  return { status: 403, message: `The origin ${quote(origin)} may not connect to ${quote(asked.host)}.` }
}

/** The last page that was of the request's own host. Nearly all clients of a server have the same origin. */
let lastOwn: (RequestTarget & { readonly origin: string }) | undefined

function isLastOwn(origin: string, { host, secure }: RequestTarget): boolean {
  return lastOwn !== undefined && lastOwn.origin === origin && lastOwn.host === host && lastOwn.secure === secure
}

/** Whether a page is of the request's own host. For a secure server it must be HTTPS: anyone on the network can forge HTTP pages. */
function isOwn({ scheme, host }: PageOrigin, asked: RequestTarget): boolean {
  if (scheme !== 'https' && (scheme !== 'http' || asked.secure)) return false
  return host === normalizeHost(asked.host, scheme)
}

/** Parses the origin that a browser sent, which is always ASCII (RFC 6454 section 6.2). */
function parseSent(origin: string): PageOrigin | undefined {
  return /^[\x21-\x7e]+$/.test(origin) ? parseOrigin(origin) : undefined
}

/** Parses an origin; `undefined` if the text is anything else, or has a path or a user. */
function parseOrigin(text: string): PageOrigin | undefined {
  if (text === 'null') return { scheme: 'null', host: '' }
  if (/^file:\/\/$/i.test(text)) return { scheme: 'file', host: '' }
  const [, scheme = '', host = ''] = SERIALIZED_ORIGIN.exec(text)?.map((part) => part.toLowerCase()) ?? []
  if (host === '') return undefined
  if (!SPECIAL_SCHEMES.has(scheme)) return /^[\x21-\x7e]+$/.test(host) ? { scheme, host } : undefined
  const normal = hostOfUrl(`${scheme}://${host}`)
  return normal === undefined ? undefined : { scheme, host: normal }
}

function serialize({ scheme, host }: PageOrigin): string {
  return `${scheme}://${host}`
}
