import { type IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { standInSocket } from './stand-in-socket.js'

/** What a handshake asked for. */
export interface RepeatedHandshake {
  /** The target as it came. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/**
 * The request of a handshake once more: GET, the same target and headers, no body, and a socket that is not the real one.
 * It is at its end already, so that it closes without an `aborted` event.
 */
export function rerunRequest({ url, headers }: RepeatedHandshake, real: Duplex): IncomingMessage {
  const request = new IncomingMessage(standInSocket(real))
  const properties = {
    method: 'GET',
    url,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    complete: true,
  }
  Object.assign(request, properties, { headers, rawHeaders: rawHeadersOf(headers) })
  request.push(null)
  return request
}

function rawHeadersOf(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value = '']) => {
    const values = Array.isArray(value) ? value : [value]
    return values.flatMap((one) => [name, one])
  })
}
