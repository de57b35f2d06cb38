import type { IncomingHttpHeaders } from 'node:http'
import { inspect, type InspectOptions } from 'node:util'
import { inspectSummary, type Summary } from '../util/inspect-summary.js'
import type { Handshake } from './identity.js'
import { packHeaders, unpackHeaders } from './packed-headers.js'

/** The same handshake with another `Authorization` header. */
export function withAuthorization(handshake: Handshake, authorization: string): Handshake {
  const { url, address, host, secure, protocol, time } = handshake
  const headers = { ...handshake.headers, authorization }
  return new HandshakeRecord({ url, headers, address, host, secure, protocol, time })
}

/**
 * The request that a connection began with. Neither JSON nor `util.inspect` nor a copy of its properties shows its headers
 * or its query.
 */
export class HandshakeRecord implements Handshake {
  readonly #url: string
  /** In one text: as an object, fifteen headers of a browser need four times as much memory. */
  readonly #headers: string
  readonly address: string
  readonly host: string
  readonly secure: boolean
  readonly protocol: string
  readonly time: Date

  constructor({ url, headers, address, host, secure, protocol, time }: Handshake) {
    this.#url = url
    this.#headers = packHeaders(headers)
    this.address = address
    this.host = host
    this.secure = secure
    this.protocol = protocol
    this.time = time
  }

  get url(): string {
    return this.#url
  }

  /** A new object at each look. */
  get headers(): IncomingHttpHeaders {
    return unpackHeaders(this.#headers)
  }

  /** Bytes that it keeps of what the client sent. */
  get bytes(): number {
    return this.#headers.length + this.url.length
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
