import { rememberLast } from '../util/remember-last.js'

/**
 * Headers that are not copied from the app's 101 into the real one: hop-by-hop headers (RFC 9110 section 7.6.1), those that
 * frame or encode a body, which a 101 does not have, and those that the WebSocket library sets (RFC 6455 section 4.2.2).
 */
const OWN_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'keep-alive',
  'proxy-connection',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The header lines of the app's answer that are copied into the real 101; every `Set-Cookie` keeps a line of its own. */
export function headersOfAnswer(answer: string): readonly string[] {
  const [head = ''] = answer.split('\r\n\r\n', 1)
  return linesOfHead(head)
}

// Answers without a cookie are equal as long as their Date header is, which is for a second.
const linesOfHead = rememberLast((head: string): readonly string[] => head.split('\r\n').slice(1).filter(isOfApp))

function isOfApp(line: string): boolean {
  return !OWN_HEADERS.has(line.slice(0, line.indexOf(':')).toLowerCase())
}
