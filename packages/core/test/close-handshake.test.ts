import { readableRefusal, statusIn } from '../src/upgrade/close-handshake.js'
import { renderRefusal } from '../src/upgrade/http-answer.js'
import { HANDSHAKE, type Lines, aRequest } from './handshake-requests.js'

describe('a refusal that no app answers', () => {
  const refusal = { status: 426, message: 'Not so.', headers: { 'Sec-WebSocket-Version': '13' } }

  test('a refusal that no app answers is a whole HTTP answer in plain text', () => {
    const [head, body] = renderRefusal(refusal).toString().split('\r\n\r\n')
    expect(body).toBe('Not so.\n')
    const [line, ...headers] = (head as string).split('\r\n')
    expect(line).toBe('HTTP/1.1 426 Upgrade Required')
    expect(headers.toSorted()).toEqual([
      'Connection: close',
      'Content-Length: 8',
      'Content-Type: text/plain; charset=utf-8',
      'Sec-WebSocket-Version: 13',
    ])
  })

  test('a refusal that no app answers has no body for HEAD', () => {
    const text = renderRefusal(refusal, 'HEAD').toString()
    expect(text).toMatch(/\r\n\r\n$/)
    expect(text).toContain('Content-Length: 0\r\n')
  })

  test('a refusal that no app answers counts its body in bytes', () => {
    expect(renderRefusal({ status: 400, message: 'é' }).toString()).toContain('Content-Length: 3\r\n')
  })
})

test.each([
  ['HTTP/1.1 403 Forbidden\r\n\r\n', 403],
  ['HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 404 in a body', 200],
  ['HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 401 Unauthorized\r\n\r\n', 401],
  ['HTTP/1.1 103 Early Hints\r\n\r\n', 500],
  ['X-Quote: HTTP/1.1 403', 500],
  ['', 500],
])('the status of the answer %j is %i: that of its final head, or 500', (answer, status) => {
  expect(statusIn(answer)).toBe(status)
})

/** What a page gets for an HTTP answer: the head of the 101, and the close frame after it. */
function seen(answer: string, ...lines: Lines): { head: string[]; code: number; reason: string } {
  const bytes = readableRefusal(aRequest([...HANDSHAKE, ...lines]), Buffer.from(answer).toString('latin1'))
  const end = bytes.indexOf('\r\n\r\n')
  const frame = bytes.subarray(end + 4)
  expect([frame[0], frame[1]]).toEqual([0x88, frame.length - 2])
  expect(frame.length).toBeLessThanOrEqual(127)
  const head = bytes.subarray(0, end).toString('latin1').split('\r\n')
  return { head, code: frame.readUInt16BE(2), reason: frame.subarray(4).toString() }
}

/** The close reason for an answer with this header. */
function closeReason(header: string, text: string): string {
  return seen(
    `HTTP/1.1 429 Too Many Requests\r\nX-Retry-After: 9${header === '' ? '' : `\r\n${header}`}\r\n\r\n${text}`,
  ).reason
}

const JSON_IN_CHUNKS = 'Transfer-Encoding: chunked\r\nContent-Type: application/json'

describe('a refusal that a page can read', () => {
  test('a refusal that a page can read is a 101 and a close frame with its status and its text', () => {
    const { head, code, reason } = seen(
      `HTTP/1.1 401 Unauthorized\r\nDate: now\r\nContent-Type: text/plain\r\nSet-Cookie: a=b\r\nX-Mark: é\r\n\r\nWho are you?\nReally?`,
    )
    expect([code, reason]).toEqual([4401, 'Who are you?'])
    expect(head).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=',
      'Date: now',
      'Set-Cookie: a=b',
      `X-Mark: ${Buffer.from('é').toString('latin1')}`,
    ])
  })

  test.each([
    ['without a body, its phrase', '', '', 'Forbidden'],
    ['with a blank body, its phrase', '', ' \r\n ', 'Forbidden'],
    ['in plain text, the first line', 'Content-Type: text/plain', '  Not you.\r\nNor him.', 'Not you.'],
    ['in HTML, its phrase', 'Content-Type: text/html', '\n<!doctype html><p>No', 'Forbidden'],
    [
      'in JSON, its message',
      'Content-Type: application/json; charset=utf-8',
      '{"error":"E","message":"No ß."}',
      'No ß.',
    ],
    ['in JSON, its error', 'content-type:application/json', '{"error":"E","message":1}', 'E'],
    ['in problem JSON, its message', 'Content-Type: application/problem+json', '{"message":"No."}', 'No.'],
    ['in JSON without either, its phrase', 'Content-Type: application/json', '{"a":"b"}', 'Forbidden'],
    ['in JSON that is nothing, its phrase', 'Content-Type: application/json', 'null', 'Forbidden'],
    ['in JSON that is none, its phrase', 'Content-Type: application/json', '{"message":"No', 'Forbidden'],
    ['in a type that begins like JSON, its phrase', 'Content-Type: application/jsonish', 'No.', 'Forbidden'],
    ['in JavaScript, the first line', 'Content-Type: application/javascript', 'No.', 'No.'],
    ['that is compressed, its phrase', 'Content-Encoding: gzip', 'No.', 'Forbidden'],
    ['in chunks, the first', 'Transfer-Encoding: chunked', 'a\r\nNot you...\r\n3\r\nyes\r\n0\r\n\r\n', 'Not you...'],
    [
      'in chunks without a blank, the first',
      'transfer-encoding:chunked',
      '0f\r\nNot you, either.\r\n0\r\n\r\n',
      'Not you, either',
    ],
    ['in chunks of JSON, its message', JSON_IN_CHUNKS, 'f\r\n{"message":"N"}\r\n0\r\n\r\n', 'N'],
    ['that only speaks of a coding, the first line', 'X-Content-Encoding: gzip', 'No.', 'No.'],
    ['that only speaks of chunks, the first line', 'X-Transfer-Encoding: chunked', '1\r\nNo.', '1'],
    ['that only speaks of JSON, the first line', 'X-Content-Type: application/json', '{"error":"E"}', '{"error":"E"}'],
    ['in other codings, the first line', 'Transfer-Encoding: gzip', '3\r\nNo.\r\n0\r\n\r\n', '3'],
  ])('%s', (_, header, body, reason) => {
    const head = header === '' ? '' : `\r\n${header}`
    expect(seen(`HTTP/1.1 403 Forbidden${head}\r\n\r\n${body}`)).toMatchObject({ code: 4403, reason })
  })

  test('a refusal that a page can read contains the time until a reconnect', () => {
    expect(closeReason('Retry-After: 5', 'Slow down.')).toBe('Slow down. retry=5000')
    expect(closeReason('retry-after:120 ', 'Slow down.')).toBe('Slow down. retry=120000')
    for (const value of ['Thu, 01 Jan 2026 00:00:00 GMT', '5s', '1234567', '']) {
      expect(closeReason(`Retry-After: ${value}`, 'Slow down.')).toBe('Slow down.')
    }
  })

  test('a refusal that a page can read is cut to what a close frame holds, between characters, and keeps the time until a reconnect', () => {
    expect(closeReason('', 'x'.repeat(123))).toBe('x'.repeat(123))
    expect(closeReason('', 'x'.repeat(124))).toBe('x'.repeat(123))
    expect(closeReason('', 'é'.repeat(100))).toBe('é'.repeat(61))
    expect(closeReason('Retry-After: 1', 'x'.repeat(200))).toBe(`${'x'.repeat(112)} retry=1000`)
  })

  test('a refusal that a page can read works for an answer without a status phrase or without a head', () => {
    expect(seen('HTTP/1.1 418 \r\n\r\n')).toMatchObject({ code: 4418, reason: '' })
    expect(seen('HTTP/1.1 418\r\n\r\n')).toMatchObject({ code: 4418, reason: '' })
    for (const junk of ['junk', 'junk\r\nAge: 7']) expect(seen(junk)).toMatchObject({ code: 4500, reason: '' })
  })

  test.each([
    ['chat, chat.v2', 'chat'],
    ['bearer.secret, chat', 'chat'],
    ['wshub, bearer.secret', 'wshub'],
    ['bearer.secret', undefined],
    [undefined, undefined],
  ])(
    'a refusal that a page can read selects of the subprotocols %p: %p, so that a browser accepts the 101',
    (offer, selected) => {
      const lines: Lines = offer === undefined ? [] : [['Sec-WebSocket-Protocol', offer]]
      const { head } = seen('HTTP/1.1 401 Unauthorized\r\n\r\n', ...lines)
      expect(head.filter((line) => line.startsWith('Sec-WebSocket-Protocol'))).toEqual(
        selected === undefined ? [] : [`Sec-WebSocket-Protocol: ${selected}`],
      )
    },
  )
})
