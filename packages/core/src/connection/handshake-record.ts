import type { IncomingHttpHeaders } from 'node:http'
import { inspect, type InspectOptions } from 'node:util'
import { inspectSummary, type Summary } from '../summary.js'
import type { Handshake } from './description.js'

/** The request that a connection began with. Neither JSON nor `util.inspect` shows its headers or its query. */
export class HandshakeRecord implements Handshake {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly address: string
  readonly host: string
  readonly secure: boolean
  readonly protocol: string
  readonly time: Date

  constructor({ url, headers, address, host, secure, protocol, time }: Handshake) {
    this.url = url
    this.headers = headers
    this.address = address
    this.host = host
    this.secure = secure
    this.protocol = protocol
    this.time = time
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
