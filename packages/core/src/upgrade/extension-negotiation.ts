import type { IncomingHttpHeaders } from 'node:http'
import WebSocket, { type PerMessageDeflateOptions } from 'ws'

/** An offer of an extension: its parameters, each as often as it was named. */
type Offer = Record<string, unknown[]>

/** What ws exports beside its types. */
interface Parsers {
  readonly extension: {
    parse(header: string): Record<string, Offer[] | undefined>
    format(offers: Record<string, Offer>): string
  }
  readonly subprotocol: { parse(header: string): Set<string> }
  readonly PerMessageDeflate: new (options: object) => { accept(offers: Offer[]): unknown }
}

const { extension, subprotocol, PerMessageDeflate } = WebSocket as unknown as Parsers

/** RFC 7692: nothing is remembered between messages, so one compressed broadcast serves every connection. */
export const DEFLATE: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  // Frames that are shared can't have a window of one client's choice; ws takes false for "declined".
  serverMaxWindowBits: false as unknown as number,
}

/** The same for an offer of `server_max_window_bits=15`: it limits nothing, and the answer has to repeat it. */
export const FULL_WINDOW: PerMessageDeflateOptions = { ...DEFLATE, serverMaxWindowBits: 15 }

/** The subprotocols of a `Sec-WebSocket-Protocol` header. @throws SyntaxError if it is malformed (RFC 6455 section 11.3.4) */
export function parseProtocols(header: string): ReadonlySet<string> {
  return subprotocol.parse(header)
}

let lastExtensions: string | undefined

/** Checks the grammar of a `Sec-WebSocket-Extensions` header. @throws SyntaxError if it is malformed (RFC 6455 section 9.1) */
export function checkExtensions(header: string): void {
  // Every browser of a kind sends the same.
  if (header === lastExtensions) return
  extension.parse(header)
  lastExtensions = header
}

/**
 * Leaves the first offer of permessage-deflate that can be met in the headers, and no other: RFC 7692 section 5.1 declines
 * each offer by itself, ws all of them for one.
 * @returns whether it is one that wants the full window named
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
    // ws writes its own values into the offers that it looks at.
    new PerMessageDeflate({ ...options, isServer: true }).accept([copyOf(offer)])
    return true
  } catch {
    return false
  }
}

function copyOf(offer: Offer): Offer {
  return Object.fromEntries(Object.entries(offer).map(([name, values]) => [name, [...values]]))
}
