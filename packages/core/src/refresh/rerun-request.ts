import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { MakeRequest } from './request-factory.js'
import { standInSocket } from './rerun-socket.js'

/** The parts of a handshake that a run repeats. */
export interface RepeatedHandshake {
  /** The request target as it arrived. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/**
 * The request of a repeated handshake: GET, the same target and headers, no body, and a socket that is not the real one.
 * It has ended already, so that it closes without an `aborted` event.
 */
export function rerunRequest(
  { url, headers }: RepeatedHandshake,
  real: Duplex,
  makeRequest: MakeRequest,
): IncomingMessage {
  const request = makeRequest(standInSocket(real))
  request.method = 'GET'
  request.url = url
  request.httpVersion = '1.1'
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  request.complete = true
  request.headers = headers
  request.rawHeaders = rawHeadersOf(headers)
  request.push(null)
  return request
}

function rawHeadersOf(headers: IncomingHttpHeaders): string[] {
  const lines: string[] = []
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? ''
    if (typeof value === 'string') lines.push(name, value)
    else for (const one of value) lines.push(name, one)
  }
  return lines
}
