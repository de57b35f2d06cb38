import { type HandshakeCase, accepted, BAD, fields } from './handshake-case.js'

/** Subprotocols: sections 4.1, item 10, and 11.3.4. The route supports `chat` and `superchat`. */
export const PROTOCOLS: readonly HandshakeCase[] = [
  ...(
    [
      ['chat', 'chat'],
      ['superchat', 'superchat'],
      ['superchat, chat', 'superchat'],
      ['x, chat', 'chat'],
      ['y,chat', 'chat'],
      ['x ,\tchat', 'chat'],
      [['x', 'chat'], 'chat'],
      ['Chat', undefined],
      ['x, y', undefined],
      ['constructor, __proto__', undefined],
      ["!#$%&'*+-.^_`|~09azAZ", undefined],
    ] as const
  ).map(([offer, chosen]) =>
    fields(
      { section: '4.2.2', name: `the subprotocols ${String(offer)}`, answer: accepted(chosen) },
      { 'Sec-WebSocket-Protocol': offer },
      '/spoken',
    ),
  ),
  fields(
    { section: '4.2.2', name: 'subprotocols on a route that supports none', answer: accepted() },
    { 'Sec-WebSocket-Protocol': 'chat' },
  ),
  ...['', ',', 'a,', ',a', 'a,,b', 'a b', 'a, a', 'a;b', 'a=b', '"a"', 'a/b', 'a@b', '(a)', 'a[0]', 'a{}', 'ü'].map(
    (offer) =>
      fields(
        { section: '11.3.4', name: `the subprotocols "${offer}"`, answer: BAD },
        { 'Sec-WebSocket-Protocol': offer },
        '/spoken',
      ),
  ),
]

/** The grammar of extensions: section 9.1. */
export const EXTENSIONS: readonly HandshakeCase[] = [
  ...['x', 'x; y', 'x; y=1', 'x; y="1"', 'x; y="\\1"', 'x;y;z=2, w', 'x, x', 'constructor; __proto__=1'].map((offer) =>
    fields(
      { section: '9.1', name: `the extensions ${offer}`, answer: accepted() },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  ...[
    '',
    ',',
    ';',
    'x,',
    ',x',
    'x,,y',
    'x;',
    'x;;y',
    'x; =1',
    'x; y=',
    'x; y=""',
    'x; y="',
    'x; y="a b"',
    'x y',
    '"x"',
  ].map((offer) =>
    fields(
      { section: '9.1', name: `the extensions "${offer}"`, answer: BAD },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  ...['x; y=1 2', 'x; y="1"2', 'x=1', 'x; y==1', 'x; y=/', 'x@y', 'ü', 'permessage-deflate;;'].map((offer) =>
    fields(
      { section: '9.1', name: `the extensions "${offer}"`, answer: BAD },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
]

const DEFLATE = 'permessage-deflate'
const BOTH = 'server_no_context_takeover; client_no_context_takeover'

/** Negotiation of compression: RFC 7692 sections 5 and 7.1. */
export const COMPRESSION: readonly HandshakeCase[] = [
  ...(
    [
      [DEFLATE, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; client_max_window_bits`, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; server_no_context_takeover`, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; client_no_context_takeover`, `${DEFLATE}; client_no_context_takeover; server_no_context_takeover`],
      [`${DEFLATE}; client_max_window_bits=15`, `${DEFLATE}; client_max_window_bits=15; ${BOTH}`],
      [`${DEFLATE}; client_max_window_bits=8`, `${DEFLATE}; client_max_window_bits=8; ${BOTH}`],
      [`${DEFLATE}; client_max_window_bits="10"`, `${DEFLATE}; client_max_window_bits=10; ${BOTH}`],
      // The largest window is no limit.
      [`${DEFLATE}; server_max_window_bits=15`, `${DEFLATE}; server_max_window_bits=15; ${BOTH}`],
      [`x, ${DEFLATE}`, `${DEFLATE}; ${BOTH}`],
      [`${DEFLATE}; server_max_window_bits=10, ${DEFLATE}`, `${DEFLATE}; ${BOTH}`],
    ] as const
  ).map(([offer, agreed]) =>
    fields(
      { section: 'RFC 7692 7.1', name: `the offer ${offer}`, answer: accepted(undefined, agreed) },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  // Declined, and the connection continues without compression: unknown, repeated or invalid parameters (section 7.1), and a smaller
  // window for the server, whose frames are shared.
  ...[
    `${DEFLATE}; server_max_window_bits=8`,
    `${DEFLATE}; server_max_window_bits`,
    `${DEFLATE}; server_max_window_bits=7`,
    `${DEFLATE}; server_max_window_bits=16`,
    `${DEFLATE}; client_max_window_bits=7`,
    `${DEFLATE}; client_max_window_bits=16`,
    `${DEFLATE}; client_max_window_bits=x`,
    `${DEFLATE}; client_max_window_bits; client_max_window_bits`,
    `${DEFLATE}; server_no_context_takeover=1`,
    `${DEFLATE}; server_no_context_takeover; server_no_context_takeover`,
    `${DEFLATE}; client_no_context_takeover=true`,
    `${DEFLATE}; unknown`,
    `${DEFLATE}; constructor=1`,
    'Permessage-Deflate',
    'permessage-bzip2',
    'x-webkit-deflate-frame',
  ].map((offer) =>
    fields(
      { section: 'RFC 7692 5.1', name: `the offer ${offer} is declined`, answer: accepted() },
      { 'Sec-WebSocket-Extensions': offer },
      '/deflate',
    ),
  ),
  fields(
    { section: 'RFC 7692 5.1', name: 'an offer to a hub without compression is declined', answer: accepted() },
    { 'Sec-WebSocket-Extensions': DEFLATE },
  ),
]
