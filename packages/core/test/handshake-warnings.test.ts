import type { IncomingMessage } from 'node:http'
import { HandshakeWarnings } from '../src/observability/handshake-warnings.js'
import { forgetShownWarnings } from '../src/observability/warnings.js'

// Warnings of handshakes that reach no hub: the app answers them wrongly or not at all.

let shown: [code: string, text: string][] = []

beforeEach(() => {
  shown = []
  forgetShownWarnings()
  jest.spyOn(process, 'emitWarning').mockImplementation((text, options) => {
    shown.push([(options as unknown as { code: string }).code, String(text)])
  })
})

afterEach(() => {
  jest.restoreAllMocks()
  forgetShownWarnings()
})

test.each([200, 302, 399, 404])(
  'an answer %d without any handshake at upgrade() is explained without the query',
  (status) => {
    new HandshakeWarnings().answered('/chat?token=1', status)
    expect(shown).toEqual([
      ['WSHUB_NO_ROUTE', expect.stringContaining(`It was for "/chat", and the answer ${status}.`)],
    ])
  },
)

test.each([400, 401, 403, 405, 500])('an answer %d refuses a client on purpose and is not explained', (status) => {
  new HandshakeWarnings().answered('/chat', status)
  expect(shown).toEqual([])
})

test('an answer is not explained once a handshake has reached upgrade()', () => {
  const warnings = new HandshakeWarnings()
  warnings.reached()
  warnings.answered('/chat', 404)
  expect(shown).toEqual([])
})

test.each([
  [true, 'It was for "/chat", and it reached upgrade().'],
  [false, 'It was for "/chat", and it did not reach upgrade().'],
])('a handshake without an answer is explained, with upgrade() reached: %p', (hasReached, detail) => {
  new HandshakeWarnings().expired('/chat?token=1', hasReached)
  expect(shown).toEqual([['WSHUB_UNANSWERED', expect.stringContaining(detail)]])
})

function refused(origin: string | undefined): string {
  const headers = origin === undefined ? {} : { origin }
  new HandshakeWarnings().refused({ headers } as IncomingMessage, 'app.example')
  return shown.map(([code, text]) => `${code} ${text}`).join()
}

test.each(['https://shop.example', 'http://[::1]:8080', 'HTTPS://Shop.Example'])(
  'a page of %s that is refused is explained with the line that lets it in',
  (origin) => {
    expect(refused(origin)).toMatch(/^WSHUB_FOREIGN_ORIGIN /)
    expect(shown[0]?.[1]).toContain(
      ` The page is of "${origin}", the request for "app.example". To let it in, write origins: ['${origin.toLowerCase()}'].`,
    )
  },
)

test.each([undefined, 'null', "https://x'];", 'xhttps://shop.example', `https://${'a'.repeat(101)}`, 'ftp://shop'])(
  'a page of %j that is refused is explained without a line of code',
  (origin) => {
    expect(refused(origin)).toContain('the request for "app.example". See https://github.com/')
    expect(shown[0]?.[1]).toContain(`The page is of "${(origin ?? '",').slice(0, 80)}`)
  },
)
