const COOKIE = `user=ada; session=${'s%3A0123456789abcdef.'.repeat(20)}; theme=dark; consent=${'1'.repeat(60)}`.slice(
  0,
  500,
)

/** What a browser sends with an upgrade: 15 headers, a cookie of 500 bytes among them. */
const BROWSER = [
  'Pragma: no-cache',
  'Cache-Control: no-cache',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'DNT: 1',
  'Sec-GPC: 1',
  `Cookie: ${COOKIE}`,
]

/** The opening handshake of a client; of a browser where `browser` says so, with `deflate` offering compression. */
export function handshakeHead(path, { port, browser = false, deflate = false }) {
  const plain = path.startsWith('/plain/')
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    plain ? 'Connection: keep-alive' : 'Connection: Upgrade',
    ...(plain ? ['X-Padding: websocket'] : ['Upgrade: websocket']),
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(browser ? [`Origin: http://127.0.0.1:${port}`, ...BROWSER] : []),
    ...(browser || deflate ? ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
