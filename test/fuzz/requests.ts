import fc from 'fast-check'
import { handshake, KEY } from '../support/request.js'
import { ordinary, origins, type Parts, refused, token } from './defects.js'

/** A malformed handshake and its possible answers. */
export interface Malformed {
  /** What is wrong with it. */
  readonly defects: readonly string[]
  /** @param query identifies the request */
  readonly bytes: (query: string) => Buffer
  /** The statuses that the contract allows for its defects; 0 means a closed connection. */
  readonly statuses: readonly number[]
  /** Whether the app may see it: it is no upgrade, or `upgrade()` decides about it. */
  readonly seen: boolean
  /** Whether the connection stays open, because it was no upgrade. */
  readonly stays: boolean
  /** Whether the client ends the stream after it, because the request is incomplete. */
  readonly ends: boolean
}

/** Unusual but valid parts, which must not change the answer. */
const decoration = fc.array(
  fc.oneof(
    fc.constantFrom<[string, string]>(
      ['Sec-WebSocket-Extensions', 'permessage-deflate'],
      ['Sec-WebSocket-Protocol', 'chat, superchat'],
      ['Origin', 'http://localhost'],
      ['Cookie', 'a=b; __proto__=c'],
    ),
    token.map((name): [string, string] => [`X-${name}`, name]),
  ),
  { maxLength: 3 },
)

const whole: fc.Arbitrary<Malformed> = fc
  .record({
    defects: fc.oneof(
      { weight: 5, arbitrary: fc.tuple(refused) },
      { weight: 3, arbitrary: fc.array(refused, { minLength: 2, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.tuple(ordinary) },
      { weight: 1, arbitrary: fc.tuple(origins) },
    ),
    decoration,
    path: fc.constantFrom('/plain', '/deflate', '/spoken'),
    /** Whether a valid handshake follows in the same packet. */
    followed: fc.boolean(),
  })
  .map(({ defects, decoration: extra, path, followed }) => {
    const seen = defects.some((one) => one.seen)
    const stays = seen && defects.every(({ statuses }) => statuses.includes(426))
    return {
      defects: defects.map(({ name }) => name),
      statuses: defects.flatMap(({ statuses }) => statuses),
      seen,
      stays,
      ends: false,
      bytes: (query: string) => {
        const parts = right(path, extra)
        for (const { apply } of defects) apply(parts)
        const next = followed && !stays ? handshake(`${path}?${query}`) : ''
        return Buffer.from(print(parts, query) + next, 'latin1')
      },
    }
  })

/** An incomplete request, after which the stream ends. */
const cut: fc.Arbitrary<Malformed> = fc.record({ extra: decoration, end: fc.nat() }).map(({ extra, end }) => ({
  defects: [`cut at ${end}`],
  statuses: [0, 400],
  seen: false,
  stays: false,
  ends: true,
  bytes: (query: string) => {
    const text = print(right('/plain', extra), query)
    return Buffer.from(text.slice(0, end % (text.length - 1)), 'latin1')
  },
}))

/** Bytes that are not HTTP. */
const junk: fc.Arbitrary<Malformed> = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((data) => ({
  defects: ['junk'],
  statuses: [0, 400, 431],
  seen: false,
  stays: false,
  ends: true,
  bytes: () => Buffer.from(data),
}))

/** Handshakes that must all be refused. */
export const requests: fc.Arbitrary<Malformed> = fc.oneof(
  { weight: 18, arbitrary: whole },
  { weight: 1, arbitrary: cut },
  { weight: 1, arbitrary: junk },
)

function right(path: string, extra: readonly (readonly [string, string])[]): Parts {
  const lines: [string, string][] = [
    ['Host', 'localhost'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', KEY],
  ]
  const unlike = new Map(extra.map(([name, value]) => [name.toLowerCase(), [name, value] as [string, string]]))
  return { method: 'GET', path, version: '1.1', lines: [...lines, ...unlike.values()], body: '' }
}

function print({ method, path, version, lines, body }: Parts, query: string): string {
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${path}?${query} HTTP/${version}\r\n${head}\r\n${body}`
}
