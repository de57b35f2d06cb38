import type { IncomingHttpHeaders } from 'node:http'
import WebSocket, { type PerMessageDeflateOptions } from 'ws'

/** An offer of an extension: its parameters, each with all values that the client named. */
type Offer = Record<string, unknown[]>

/** Exports of ws that its types do not declare. */
interface Parsers {
  readonly extension: {
    parse(header: string): Record<string, Offer[] | undefined>
    format(offers: Record<string, Offer>): string
  }
  readonly subprotocol: { parse(header: string): Set<string> }
  readonly PerMessageDeflate: new (options: object) => { accept(offers: Offer[]): unknown }
}

const { extension, subprotocol, PerMessageDeflate } = WebSocket as unknown as Parsers

/** RFC 7692 without context takeover: messages do not depend on each other, so one compressed broadcast serves all connections. */
export const DEFLATE: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  // Shared frames can't have a window that one client chooses. With `false`, ws declines such an offer.
  serverMaxWindowBits: false as unknown as number,
}

/** The same for an offer of `server_max_window_bits=15`: it does not limit the window, but the answer has to repeat it. */
export const FULL_WINDOW: PerMessageDeflateOptions = { ...DEFLATE, serverMaxWindowBits: 15 }

/** The subprotocols of a `Sec-WebSocket-Protocol` header. @throws SyntaxError if it is malformed (RFC 6455 section 11.3.4) */
export function parseProtocols(header: string): ReadonlySet<string> {
  return subprotocol.parse(header)
}

let lastExtensions: string | undefined

/** Checks the grammar of a `Sec-WebSocket-Extensions` header. @throws SyntaxError if it is malformed (RFC 6455 section 9.1) */
export function checkExtensions(header: string): void {
  // Browsers of one kind all send the same header.
  if (header === lastExtensions) return
  extension.parse(header)
  lastExtensions = header
}

/**
 * Keeps the first acceptable offer of permessage-deflate in the headers, and removes the others. RFC 7692 section 5.1 declines
 * each offer by itself, but ws declines all offers if one of them is invalid.
 * @returns whether the answer to the kept offer needs `FULL_WINDOW`
 */
export function chooseOffer(headers: IncomingHttpHeaders): boolean {
  const header = headers['sec-websocket-extensions']
  const offers = header === undefined ? undefined : extension.parse(header)['permessage-deflate']
  if (!offers) return false
  const offer = offers.find((one) => meets(one, DEFLATE) || meets(one, FULL_WINDOW))
  if (!offer) {
    delete headers['sec-websocket-extensions']
    return false
  }
  if (offers.length > 1) headers['sec-websocket-extensions'] = extension.format({ 'permessage-deflate': offer })
  return !meets(offer, DEFLATE)
}

function meets(offer: Offer, options: PerMessageDeflateOptions): boolean {
  try {
    // A copy, because ws writes its own values into the offers that it checks.
    new PerMessageDeflate({ ...options, isServer: true }).accept([copyOf(offer)])
    return true
  } catch {
    return false
  }
}

function copyOf(offer: Offer): Offer {
  return Object.fromEntries(Object.entries(offer).map(([name, values]) => [name, [...values]]))
}
