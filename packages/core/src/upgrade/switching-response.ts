import { acceptKey } from './accept-key.js'

/** The real 101: the header lines of the app's own answer and the subprotocol that the route selected. */
export interface SwitchingResponse {
  readonly headers: readonly string[]
  /** Empty for none. */
  readonly protocol: string
}

/** The head of a 101 that agrees on no extension (RFC 6455 section 4.2.2). @param key the `Sec-WebSocket-Key` of the client */
export function renderSwitching(key: string, { headers, protocol }: SwitchingResponse): string {
  const selected = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  const own = headers.length === 0 ? '' : `${headers.join('\r\n')}\r\n`
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n${selected}${own}\r\n`
}
