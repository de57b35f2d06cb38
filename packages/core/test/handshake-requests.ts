import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

export type Lines = [name: string, value: string][]

export const HANDSHAKE: Lines = [
  ['Host', 'app.example.com'],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
]

/** A request with these header lines, as Node's parser would return it. */
export function aRequest(lines: Lines, more: Partial<IncomingMessage> = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  const headers: Record<string, string> = {}
  for (const [name, value] of lines) headers[name.toLowerCase()] ??= value
  return Object.assign(
    request,
    { method: 'GET', url: '/', httpVersionMajor: 1, httpVersionMinor: 1, headers, rawHeaders: lines.flat() },
    more,
  )
}

/** The handshake with these headers in place of its own; `undefined` takes one away. */
export function handshake(
  other: Record<string, string | undefined>,
  more: Partial<IncomingMessage> = {},
): IncomingMessage {
  const kept = HANDSHAKE.filter(([name]) => !Object.hasOwn(other, name))
  const set = Object.entries(other).flatMap(([name, value]): Lines => (value === undefined ? [] : [[name, value]]))
  return aRequest([...kept, ...set], more)
}
