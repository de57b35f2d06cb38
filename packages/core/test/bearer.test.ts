import type { IncomingMessage } from 'node:http'
import { readBearer } from '../src/upgrade/bearer.js'
import { headersOfAnswer } from '../src/upgrade/answer-headers.js'
import { type Lines, aRequest } from './handshake-requests.js'

/** The header lines after the token has been read. */
function read(...lines: Lines): { offered: boolean; request: IncomingMessage } {
  const request = aRequest(lines)
  return { offered: readBearer(request), request }
}

describe('a token among the subprotocols', () => {
  test.each(['wshub, bearer.abc', 'bearer.abc,wshub', 'chat , wshub , bearer.abc'])(
    'a token among the subprotocols %s becomes an Authorization header',
    (offer) => {
      const { offered, request } = read(['Sec-WebSocket-Protocol', offer])
      expect(offered).toBe(true)
      expect(request.headers.authorization).toBe('Bearer abc')
      expect(request.rawHeaders.slice(-2)).toEqual(['Authorization', 'Bearer abc'])
    },
  )

  test.each(['wshub', 'wshub, xbearer.abc'])('there is no token in %s', (offer) => {
    const { offered, request } = read(['Sec-WebSocket-Protocol', offer])
    expect(offered).toBe(false)
    expect([request.headers.authorization, request.rawHeaders]).toEqual([undefined, ['Sec-WebSocket-Protocol', offer]])
  })

  test.each([
    ['bearer.abc', undefined],
    ['wshub, bearer.', 'wshub'],
    ['wshub2, bearer.abc', 'wshub2'],
    ['wshub, BEARER.abc', 'wshub'],
    ['BEARER.abc', undefined],
  ])('a malformed token, as in %s, is ignored and removed', (offer, kept) => {
    const { offered, request } = read(['Sec-WebSocket-Protocol', offer])
    expect([offered, request.headers.authorization]).toEqual([false, undefined])
    expect(request.headers['sec-websocket-protocol']).toBe(kept)
    expect(request.rawHeaders).toEqual(kept === undefined ? [] : ['Sec-WebSocket-Protocol', kept])
  })

  test('no token is read if no subprotocol is offered', () => {
    expect(read().offered).toBe(false)
  })

  test('a token among the subprotocols does not replace an Authorization header of the client', () => {
    const { offered, request } = read(['Sec-WebSocket-Protocol', 'wshub, bearer.abc'], ['Authorization', 'Basic x'])
    expect(offered).toBe(true)
    expect(request.headers.authorization).toBe('Basic x')
    expect(request.rawHeaders).toHaveLength(4)
  })
})

const OF_ONE_HOP = 'Connection Upgrade Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding'
  .concat(' Content-Length Content-Type Content-Encoding Content-Range')
  .concat(' Sec-WebSocket-Accept Sec-WebSocket-Protocol sec-websocket-EXTENSIONS')
  .split(' ')

describe('the head of an app’s 101', () => {
  test('the head of an app’s 101 is sent without hop-by-hop, body and handshake headers', () => {
    const own = OF_ONE_HOP.map((name) => `${name}: x`)
    const apps = ['Set-Cookie: a=b', 'Set-Cookie: c=d: e', 'X-Frame-Options: DENY', 'Content-Language: de', 'Date: now']
    const answer = `HTTP/1.1 101 Switching Protocols\r\n${[...apps, ...own].join('\r\n')}\r\n\r\nX-Body: not a header\r\n\r\n`
    expect(headersOfAnswer(answer)).toEqual(apps)
  })

  test('the head of an app’s 101 may be empty', () => {
    expect(headersOfAnswer('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toEqual([])
  })
})
