import type { IncomingMessage } from 'node:http'
import { encodeFrame } from '../broadcast/frame.js'
import { closeReason, cutToBytes, MAX_REASON_BYTES } from '../connection/closure.js'
import { parseProtocols } from './extension-negotiation.js'
import { decodeJson } from '../protocol/codec.js'
import { printable, retryReason } from '../protocol/index.js'
import { headersOfAnswer } from './answer-headers.js'
import type { Chunk } from './response-socket.js'
import { renderSwitching } from './switching-response.js'

/** The close of a handshake that is accepted only to be closed at once. */
export interface CloseHandshake {
  readonly code: number
  /** Shortened to the 123 bytes that a close frame can carry. */
  readonly reason: string
  /** Header lines of the 101. */
  readonly headers: readonly string[]
}

/** FIN and the opcode of a close frame (RFC 6455 section 5.5.1). */
const CLOSE_FRAME = 0x88

/**
 * The bytes of a 101 and of a close frame, for a client that no hub accepts. No WebSocket reads the frames of the client, so the
 * caller closes the socket after these bytes.
 */
export function closeHandshake(request: IncomingMessage, { code, reason, headers }: CloseHandshake): Buffer {
  const key = request.headers['sec-websocket-key'] ?? ''
  const head = renderSwitching(key, { headers, protocol: protocolOf(request) ?? '' })
  return Buffer.concat([Buffer.from(head, 'latin1'), closeFrame(code, reason)])
}

/**
 * The bytes of a 101 and of a close frame that replace an HTTP answer: the code is `4000 + status`, the reason is the text and the
 * hint of `Retry-After`, and the headers are on the 101.
 * @param answer the bytes of the HTTP answer as Latin-1: the head, and at least the beginning of the body
 */
export function readableRefusal(request: IncomingMessage, answer: string): Buffer {
  const { head, status, phrase } = startLineOf(answer)
  const wait = /^retry-after: *(\d{1,6}) *$/im.exec(head)?.[1]
  const hint = wait === undefined ? '' : ` ${retryReason(Number(wait) * 1000)}`
  const said = reasonIn(answer) || printable(phrase)
  const reason = cutToBytes(said, MAX_REASON_BYTES - hint.length) + hint
  return closeHandshake(request, { code: 4000 + Number(status), reason, headers: headersOfAnswer(answer) })
}

/** The bytes of an answer after which no further chunk is kept for its close frame. */
const MAX_READABLE_BYTES = 16 * 1024

/** Appends a chunk to the kept beginning of an answer, as Latin-1. */
export function appendReadable(answer: string, { chunk, encoding }: Pick<Chunk, 'chunk' | 'encoding'>): string {
  if (answer.length >= MAX_READABLE_BYTES) return answer
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
  return answer + bytes.toString('latin1')
}

/**
 * The human-readable line of an HTTP answer: its text, or the message of its JSON; empty if there is none.
 * @param answer the bytes of the answer as Latin-1: the head, and at least the beginning of the body
 */
export function reasonIn(answer: string): string {
  const { head } = startLineOf(answer)
  return printable(closeReasonOf(head, answer.slice(head.length + 4)))
}

/** The status that was sent. The response object may have got another one since then. */
export function statusIn(answer: string): number {
  const [, status = '500'] = FINAL_STATUS.exec(answer) ?? []
  return Number(status)
}

/** Skips answers with 1xx, such as early hints, which may come first. */
const FINAL_STATUS = /(?:^|\r\n\r\n)HTTP\/1\.[01] ([2-9]\d\d)/

function startLineOf(answer: string): { head: string; status: string; phrase: string } {
  const [head = ''] = answer.split('\r\n\r\n', 1)
  const [, status = '500', phrase = ''] = /^\S+ (\d+) ?(.*)/.exec(head) ?? []
  return { head, status, phrase }
}

// Browsers drop a connection if the server selects none of the subprotocols that they have offered. A token is never selected.
function protocolOf({ headers }: IncomingMessage): string | undefined {
  const header = headers['sec-websocket-protocol']
  const offered = header === undefined ? [] : [...parseProtocols(header)]
  return offered.find((protocol) => !protocol.startsWith('bearer.'))
}

/** The human-readable line of a body: its text, or the message of its JSON; empty if it is HTML or compressed. */
function closeReasonOf(head: string, body: string): string {
  if (/^content-encoding:/im.test(head)) return ''
  const bytes = /^transfer-encoding: *chunked/im.test(head) ? firstChunk(body) : body
  const text = Buffer.from(bytes, 'latin1').toString().trim()
  if (/^content-type: *application\/(\S+\+)?json/im.test(head)) return messageOf(decodeJson(text))
  return text.startsWith('<') ? '' : (text.split(/[\r\n]/, 1)[0] as string)
}

function firstChunk(body: string): string {
  const [size = ''] = body.split('\r\n', 1)
  return body.slice(size.length + 2, size.length + 2 + parseInt(size, 16))
}

function messageOf(value: unknown): string {
  const { message, error } = (value ?? {}) as { readonly message?: unknown; readonly error?: unknown }
  return [message, error].find((text) => typeof text === 'string') ?? ''
}

function closeFrame(code: number, reason: string): Buffer {
  return encodeFrame(
    CLOSE_FRAME,
    Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(closeReason(reason))]),
  )
}
