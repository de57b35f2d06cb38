import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { after } from '../util/timers.js'

/** A refusal by core itself: a status, a sentence, and headers. */
export interface HttpRefusal {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An HTTP answer, independent of the framework that sends it. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether the response has already ended, so that the framework must leave it alone. @default false */
  readonly sent?: boolean
}

/** A refusal in plain text. */
export function refusalAnswer({ status, message, headers }: HttpRefusal): HttpAnswer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, body: `${message}\n` }
}

/** Sends a refusal as a response. */
export function sendRefusal(response: ServerResponse, refusal: HttpRefusal): void {
  const { status, headers, body } = refusalAnswer(refusal)
  response.writeHead(status, headers).end(body)
}

/** Milliseconds that a refused client may take to read the answer and close. */
const CLOSE_TIMEOUT_MS = 1000

/** The bytes of a refusal that core writes to the socket itself, without a response of the app. */
export function renderRefusal(refusal: HttpRefusal, method = 'GET'): Buffer {
  const { status, headers, body: text } = refusalAnswer(refusal)
  const body = Buffer.from(method === 'HEAD' ? '' : text)
  const fields = { Connection: 'close', 'Content-Length': String(body.length), ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`), body])
}

/**
 * Ends a socket after the bytes that were written to it. Bytes that the client still sends are read and dropped, because closing
 * a socket with unread bytes could discard the answer. A client that does not close is disconnected after a second.
 */
export function closeSocket(socket: Duplex, last?: Buffer): void {
  const deadline = after(CLOSE_TIMEOUT_MS, () => socket.destroy())
  socket.once('close', () => deadline.cancel())
  if (socket.destroyed) deadline.cancel()
  socket.on('data', ignoreData)
  socket.end(last)
  socket.resume()
}

function ignoreData(): void {}
