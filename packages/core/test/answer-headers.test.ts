import { headersOfAnswer } from '../src/upgrade/answer-headers.js'

// The header lines of the app's 101 that go into the real one.

const answer = (...lines: string[]): string => ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n')

test('headers of the app are kept, and those that frame a body or belong to WebSocket are not', () => {
  const text = answer('X-Own: 1', 'Content-Length: 0', 'Set-Cookie: a=1', 'Set-Cookie: b=2', 'UPGRADE: h2c')
  expect(headersOfAnswer(text)).toEqual(['X-Own: 1', 'Set-Cookie: a=1', 'Set-Cookie: b=2'])
})

test('each answer has its own headers, also after an equal one and after one without headers', () => {
  const [one, other] = [answer('Set-Cookie: a=1'), answer('Set-Cookie: b=2')]
  expect([one, one, other, answer(), one].map(headersOfAnswer)).toEqual([
    ['Set-Cookie: a=1'],
    ['Set-Cookie: a=1'],
    ['Set-Cookie: b=2'],
    [],
    ['Set-Cookie: a=1'],
  ])
})
