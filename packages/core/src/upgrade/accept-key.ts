import { hash } from 'node:crypto'

/** The GUID of RFC 6455 section 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The `Sec-WebSocket-Accept` header for a key. */
export function acceptKey(key: string): string {
  return hash('sha1', key + WEBSOCKET_GUID, 'base64')
}
