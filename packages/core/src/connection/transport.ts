import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import WebSocket, { type PerMessageDeflateOptions, type RawData, WebSocketServer } from 'ws'
import type { Link, LinkListener } from './link.js'
import { CloseCode } from '../protocol/index.js'

/** What a hub asks of the WebSocket library under it. */
export interface TransportOptions {
  /** Bytes of the largest message. */
  readonly maxMessageSize: number
  /** Milliseconds that a closing handshake may take. */
  readonly closeTimeout: number
  readonly compression: boolean
}

/** A checked request, its socket, and the bytes that came behind it. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** The real 101: the header lines of the app's own answer and the subprotocol that the route selected. */
export interface Switch {
  readonly headers: readonly string[]
  readonly protocol: string
}

/** What ws exports beside its types. */
interface Parsers {
  readonly extension: { parse(header: string): Record<string, unknown[] | undefined> }
  readonly subprotocol: { parse(header: string): Set<string> }
  readonly PerMessageDeflate: new (options: object) => { accept(offers: unknown[]): unknown }
}

const { extension, subprotocol, PerMessageDeflate } = WebSocket as unknown as Parsers

/**
 * Each fragment of an unfinished message costs some hundred bytes whatever it holds, so their number is bounded too: one
 * for every 64 bytes that a message may have, which is the smallest size that public conformance suites use.
 */
const SMALLEST_PART = 64
const FEWEST_PARTS = 16_384

/** RFC 7692: nothing is remembered between messages, so one compressed broadcast serves every connection. */
const DEFLATE: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  // Frames that are shared can't have a window of one client's choice; ws takes false for "declined".
  serverMaxWindowBits: false as unknown as number,
}

/** The subprotocols of a `Sec-WebSocket-Protocol` header. @throws SyntaxError where it is malformed (RFC 6455 section 11.3.4) */
export function parseProtocols(header: string): ReadonlySet<string> {
  return subprotocol.parse(header)
}

/** Checks the grammar of a `Sec-WebSocket-Extensions` header. @throws SyntaxError where it is malformed (RFC 6455 section 9.1) */
export function checkExtensions(header: string): void {
  extension.parse(header)
}

/** The only place that knows ws. It turns a handshake that was checked before into a link. */
export class Transport {
  readonly #server: WebSocketServer
  readonly #switches = new WeakMap<IncomingMessage, Switch>()

  constructor({ maxMessageSize, closeTimeout, compression }: TransportOptions) {
    const parts = Math.max(FEWEST_PARTS, Math.ceil(maxMessageSize / SMALLEST_PART))
    const options = {
      noServer: true,
      clientTracking: false,
      maxPayload: maxMessageSize,
      closeTimeout,
      maxFragments: parts,
      maxBufferedChunks: parts,
      perMessageDeflate: compression && DEFLATE,
      handleProtocols: (_: Set<string>, request: IncomingMessage) => this.#switches.get(request)?.protocol || false,
    }
    this.#server = new WebSocketServer(options)
    this.#server.on('headers', (lines, request) => lines.push(...(this.#switches.get(request)?.headers ?? [])))
  }

  /** Sends the 101. @returns the link, or `undefined` where the socket was lost */
  accept({ request, socket, head }: Upgrade, answer: Switch): Link | undefined {
    let link: Link | undefined
    this.#switches.set(request, answer)
    if (!acceptable(request)) delete request.headers['sec-websocket-extensions']
    // Header bytes are Latin-1 (RFC 9110 section 5.5), and ws leaves the encoding to the socket. Streams of npm know it by
    // its old name alone.
    socket.setDefaultEncoding('binary')
    // ws calls back at once, or never.
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      link = new WsLink(ws, socket)
    })
    socket.setDefaultEncoding('utf8')
    return link
  }
}

// RFC 7692 section 5.1: an offer that can't be met is declined, and the connection goes on without compression.
function acceptable(request: IncomingMessage): boolean {
  const header = request.headers['sec-websocket-extensions']
  const offers = header === undefined ? undefined : extension.parse(header)['permessage-deflate']
  if (!offers) return true
  try {
    new PerMessageDeflate({ ...DEFLATE, isServer: true }).accept(offers)
    return true
  } catch {
    return false
  }
}

interface CountingSocket extends Duplex {
  readonly bytesRead?: number
  readonly bytesWritten?: number
  /** Node's own. Its own timeouts look at this figure for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** What ws's own events find the link by: no closure per connection. */
const LINK = Symbol('wshub.link')
type Bound = WebSocket & { [LINK]?: WsLink }

/** The close codes that ws sends for its documented error codes; what is not named here breaks the protocol. */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CloseCode.InvalidPayload,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCode.PolicyViolation,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCode.MessageTooBig,
  Z_DATA_ERROR: CloseCode.InvalidPayload,
  Z_BUF_ERROR: CloseCode.InvalidPayload,
}

class WsLink implements Link {
  readonly #ws: Bound
  readonly #socket: CountingSocket
  readonly compressed: boolean
  listener: LinkListener | undefined

  constructor(ws: WebSocket, socket: Duplex) {
    this.#ws = ws
    this.#socket = socket
    this.compressed = ws.extensions !== ''
  }

  get open(): boolean {
    return this.#ws.readyState === WebSocket.OPEN
  }

  get writableLength(): number {
    return this.#socket.writableLength
  }

  get bytesRead(): number {
    return this.#socket.bytesRead ?? 0
  }

  get bytesSent(): number {
    const { bytesWritten = 0, writableLength, _handle: handle } = this.#socket
    // One large frame is one write: its progress shows in libuv's queue alone. Without that figure it shows at its end.
    return bytesWritten - writableLength - (handle?.writeQueueSize ?? 0)
  }

  listen(listener: LinkListener): void {
    this.listener = listener
    this.#ws[LINK] = this
    this.#ws.on('message', onMessage).on('pong', onPong).on('error', onError).on('close', onClose)
    this.#ws.close = closeInOrder
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  ping(data?: Buffer): void {
    if (this.open) this.#ws.ping(data)
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
  }

  terminate(): void {
    this.#ws.terminate()
  }
}

// ws answers the client's close frame by itself, at once: what was sent before must be on its way by then.
function closeInOrder(this: Bound, code?: number, reason?: string | Buffer): void {
  this[LINK]?.listener?.closing()
  WebSocket.prototype.close.call(this, code, reason)
}

function onMessage(this: Bound, data: RawData, binary: boolean): void {
  const link = this[LINK]
  if (link?.compressed) releaseInflater(this)
  link?.listener?.received(data as Buffer, binary)
}

function onPong(this: Bound, data: Buffer): void {
  this[LINK]?.listener?.ponged(data)
}

function onError(this: Bound, error: Error & { code?: string }): void {
  this[LINK]?.listener?.failed(error, CLOSE_CODES[error.code ?? ''] ?? CloseCode.ProtocolError)
}

function onClose(this: Bound, code: number, reason: Buffer): void {
  this[LINK]?.listener?.ended(code, reason.toString(), code !== CloseCode.Abnormal)
}

/**
 * Frees the inflater that ws keeps after a compressed message: 18 KiB a connection that nothing needs before the next
 * one. ws has no public way to it; where the name is gone one day, the memory stays and everything else works.
 */
function releaseInflater(ws: WebSocket): void {
  const { _extensions: extensions } = ws as { _extensions?: Record<string, { cleanup?: () => void } | undefined> }
  extensions?.['permessage-deflate']?.cleanup?.()
}
