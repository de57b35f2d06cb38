import type { IncomingHttpHeaders } from 'node:http'
import { inspect, type InspectOptions } from 'node:util'
import { inspectSummary, type Summary } from '../util/inspect-summary.js'
import { sharedText } from '../util/shared-text.js'
import type { Handshake } from './identity.js'
import { packHeaders, unpackHeaders } from './packed-headers.js'

/** Handshakes keep their time as milliseconds since this one: V8 stores a small integer without an object of its own. */
const STARTED_AT = Date.now()

/** The same handshake with another `Authorization` header. */
export function withAuthorization(handshake: Handshake, authorization: string): Handshake {
  const { url, address, host, secure, protocol, time } = handshake
  const headers = { ...handshake.headers, authorization }
  return new HandshakeRecord({ url, headers, address, host, secure, protocol, time })
}

/**
 * The request that a connection began with. Neither JSON nor `util.inspect` nor a copy of its properties shows its headers
 * or its query. There is one for each connection, so it needs little memory.
 */
export class HandshakeRecord implements Handshake {
  readonly #url: string
  readonly #common: string
  readonly #own: string
  /** Milliseconds since {@link STARTED_AT}. */
  readonly #begun: number
  readonly address: string
  readonly host: string
  readonly secure: boolean
  readonly protocol: string

  constructor({ url, headers, address, host, secure, protocol, time }: Handshake) {
    const { common, own } = packHeaders(headers)
    // A query may hold a token, which no other client has.
    this.#url = url.includes('?') ? url : sharedText(url)
    this.#common = common
    this.#own = own
    this.#begun = time.getTime() - STARTED_AT
    this.address = sharedText(address)
    this.host = sharedText(host)
    this.secure = secure
    this.protocol = protocol
  }

  get url(): string {
    return this.#url
  }

  /** A new object each time. */
  get headers(): IncomingHttpHeaders {
    return unpackHeaders({ common: this.#common, own: this.#own })
  }

  /** A new object each time. */
  get time(): Date {
    return new Date(STARTED_AT + this.#begun)
  }

  /** Bytes of the client's request that it keeps, at most. */
  get bytes(): number {
    return this.#common.length + this.#own.length + this.#url.length
  }

  /** What JSON shows of it: no headers, no query, no address. */
  toJSON(): Summary {
    const { url, host, secure, protocol, time } = this
    return { path: url.split('?', 1)[0], host, secure, protocol, time }
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    return inspectSummary('Handshake', { ...this.toJSON(), address: this.address }, { depth, options })
  }
}
