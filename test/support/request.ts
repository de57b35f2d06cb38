/** Header fields of a raw request; a list puts a header on several lines, `null` leaves one of the usual ones out. */
export type Fields = Readonly<Record<string, string | readonly string[] | null>>

/** The parts of a raw request. */
export interface RequestParts {
  readonly method?: string
  readonly version?: string
  readonly fields?: Fields
  readonly body?: string
}

/** The key that RFC 6455 uses for its example. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

const HANDSHAKE: Fields = {
  Host: 'localhost',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': KEY,
}

/** The bytes of an opening handshake, valid by default. */
export function handshake(path: string, { fields, ...parts }: RequestParts = {}): string {
  return plain(path, { ...parts, fields: { ...HANDSHAKE, ...fields } })
}

/** The bytes of any request. */
export function plain(path: string, { method = 'GET', version = '1.1', fields, body = '' }: RequestParts = {}): string {
  const lines = Object.entries({ Host: 'localhost', ...fields }).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  )
  return `${method} ${path} HTTP/${version}\r\n${lines.join('')}\r\n${body}`
}
