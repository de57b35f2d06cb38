import type { IncomingMessage } from 'node:http'
import { checkHeaderCount, checkHandshake, isWebSocket } from '../src/upgrade/handshake-rules.js'
import { HANDSHAKE, aRequest, handshake } from './handshake-requests.js'

// What is read from the head of a request, and what is written into the head of an answer.

const AMBIGUOUS =
  '* http://a.io/ ws ?/ // /a//b /a\\b /. /.. /a/./b /a/../b /a/.. /%2e /%2E/ /a%2e%2e/b /% /%zz /%ff /é /#a'
    .split(' ')
    .concat('', '/a b', '/\t', '/\x7f')

/** A request with so many headers. */
function crowded(size: number): IncomingMessage {
  return aRequest(Array.from({ length: size }, (_, n) => [`x-${n}`, '1']))
}

const SENTENCE: unknown = expect.stringMatching(/^[A-Z].* .*\.$/)

const check = (request: IncomingMessage): unknown => checkHandshake(request, null)

describe('a handshake', () => {
  test.each(['websocket', 'WebSocket', 'WEBSOCKET'])('a handshake for %s is one for WebSocket', (upgrade) => {
    expect(isWebSocket(handshake({ Upgrade: upgrade }))).toBe(true)
  })

  test.each(['h2c', 'websocket2', 'websocket, h2c', '', undefined])(
    'an Upgrade header with %p is not a WebSocket handshake',
    (upgrade) => {
      expect(isWebSocket(handshake({ Upgrade: upgrade }))).toBe(false)
    },
  )

  test.each<[string, IncomingMessage]>([
    ['as it is', handshake({})],
    ['over a later HTTP/1', aRequest(HANDSHAKE, { httpVersionMinor: 2 })],
    ['with an empty body', handshake({ 'Content-Length': '0' })],
    ['with a query of all kinds', handshake({}, { url: '/ws?a=//%2e&b=\\..#' })],
    ['of a long path', handshake({}, { url: '/a/b.c/%20/..d/e../.f' })],
    ...['A', 'Q', 'g', 'w'].map((last): [string, IncomingMessage] => [
      `with a key that ends in ${last}`,
      handshake({ 'Sec-WebSocket-Key': `+/abcdefghijklmnop019${last}==`.padStart(24, 'Z') }),
    ]),
    ['with subprotocols', handshake({ 'Sec-WebSocket-Protocol': 'chat, chat.v2' })],
    ['with extensions', handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })],
  ])('a handshake %s is valid', (_, request) => {
    expect(check(request)).toBeUndefined()
  })

  test.each<[string, number, IncomingMessage]>([
    ['of HTTP/1.0', 400, aRequest(HANDSHAKE, { httpVersionMinor: 0 })],
    ['of HTTP/2', 400, aRequest(HANDSHAKE, { httpVersionMajor: 2, httpVersionMinor: 1 })],
    ['with a body of some length', 400, handshake({ 'Content-Length': '5' })],
    ['with a body of no known length', 400, handshake({ 'Transfer-Encoding': 'chunked' })],
    ['without Host', 400, handshake({ Host: undefined })],
    ['with two Hosts', 400, aRequest([...HANDSHAKE, ['host', 'other']])],
    ['with an empty Host', 400, handshake({ Host: '' })],
    ['with a blank Host', 400, handshake({ Host: ' ' })],
    ['without a version', 426, handshake({ 'Sec-WebSocket-Version': undefined })],
    ['of version 12', 426, handshake({ 'Sec-WebSocket-Version': '12' })],
    ['without a key', 400, handshake({ 'Sec-WebSocket-Key': undefined })],
    ['with a short key', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA==' })],
    ['with a long key', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAAA==' })],
    ['with something before the key', 400, handshake({ 'Sec-WebSocket-Key': '*AAAAAAAAAAAAAAAAAAAAAA==' })],
    ['with something behind the key', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==*' })],
    ['with a key of 132 bits', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAB==' })],
    ['with a key of other letters', 400, handshake({ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA*A==' })],
    ['with a subprotocol that is no token', 400, handshake({ 'Sec-WebSocket-Protocol': 'a,,b' })],
    ['with an empty subprotocol', 400, handshake({ 'Sec-WebSocket-Protocol': '' })],
    ['with an extension that is no token', 400, handshake({ 'Sec-WebSocket-Extensions': ';' })],
    ...AMBIGUOUS.map((url): [string, number, IncomingMessage] => [
      `for ${JSON.stringify(url)}`,
      400,
      handshake({}, { url }),
    ]),
  ])('a handshake %s is answered %i with an explanation', (_, status, request) => {
    expect(check(request)).toMatchObject({ status, message: SENTENCE })
  })

  test('a handshake without a target is refused', () => {
    const request = handshake({})
    delete request.url
    expect(check(request)).toMatchObject({ status: 400 })
  })

  test('the refusal of a handshake with another method or version names the right one', () => {
    expect(check(handshake({}, { method: 'POST' }))).toMatchObject({
      status: 405,
      message: SENTENCE,
      headers: { Allow: 'GET' },
    })
    expect(check(handshake({ 'Sec-WebSocket-Version': '8' }))).toMatchObject({
      headers: { 'Sec-WebSocket-Version': '13' },
    })
  })

  test('a refusal of an ambiguous path or header names it', () => {
    expect(check(handshake({}, { url: '/a//b?c' }))).toMatchObject({ message: expect.stringContaining('"/a//b"') })
    for (const name of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions']) {
      expect(check(handshake({ [name]: ',' }))).toMatchObject({ message: expect.stringContaining(name) })
    }
  })

  test.each([
    [null, 999, 1000],
    [50, 49, 50],
  ])(
    'a handshake may have fewer headers than Node keeps: with maxHeadersCount %p it is %i, and %i are refused',
    (most, few, many) => {
      expect(checkHeaderCount(crowded(few), most)).toBeUndefined()
      expect(checkHeaderCount(crowded(many), most)).toMatchObject({ status: 431, message: SENTENCE })
      expect(checkHeaderCount(crowded(5000), 0)).toBeUndefined()
      expect(checkHandshake(crowded(many), most)).toMatchObject({ status: 431 })
    },
  )
})
