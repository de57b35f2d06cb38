import { chooseOffer } from '../src/upgrade/extension-negotiation.js'

// Which offer of permessage-deflate is left for ws, and whether it wants the full window named.

/** What is left of a header, and whether the full window is to be named. */
function chosen(offers: string | undefined): [left: string | undefined, isFull: boolean] {
  const headers = offers === undefined ? {} : { 'sec-websocket-extensions': offers }
  const isFull = chooseOffer(headers)
  return [headers['sec-websocket-extensions'], isFull]
}

test.each([undefined, 'x-other', 'x-other; permessage-deflate'])(
  'extensions without an offer of permessage-deflate stay as they are: %p',
  (offers) => {
    expect(chosen(offers)).toEqual([offers, false])
  },
)

test.each([
  ['permessage-deflate', false],
  ['permessage-deflate; client_max_window_bits', false],
  ['permessage-deflate; server_max_window_bits=15', true],
  ['x-other, permessage-deflate; server_no_context_takeover', false],
])('the only offer of permessage-deflate stays as it is: %p, with the full window named: %p', (offers, isFull) => {
  expect(chosen(offers)).toEqual([offers, isFull])
})

test.each([
  ['permessage-deflate; server_max_window_bits=10, permessage-deflate', 'permessage-deflate', false],
  ['permessage-deflate, permessage-deflate; server_max_window_bits=15', 'permessage-deflate', false],
  [
    'permessage-deflate; server_max_window_bits=9, permessage-deflate; server_max_window_bits=15',
    'permessage-deflate; server_max_window_bits=15',
    true,
  ],
])('of the offers %p the first that can be met is left: %p', (offers, left, isFull) => {
  expect(chosen(offers)).toEqual([left, isFull])
})

test('the header is removed if no offer of permessage-deflate can be met', () => {
  const offers = 'permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=9'
  expect(chosen(offers)).toEqual([undefined, false])
})
