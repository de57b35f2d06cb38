import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import WebSocket, { type PerMessageDeflateOptions, WebSocketServer } from 'ws'
import type { Link, LinkListener } from './link.js'
import { releaseInflater, stopAtFailure } from './ws-insides.js'
import { Pongs } from './pongs.js'
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

/** A 101 of which the app had nothing to say. */
const NOTHING: Switch = { headers: [], protocol: '' }
const ASCII = /^[\t\x20-\x7e]*$/

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

let lastExtensions: string | undefined

/** Checks the grammar of a `Sec-WebSocket-Extensions` header. @throws SyntaxError where it is malformed (RFC 6455 section 9.1) */
export function checkExtensions(header: string): void {
  // Every browser of a kind sends the same.
  if (header === lastExtensions) return
  extension.parse(header)
  lastExtensions = header
}

/** The only place that knows ws. It turns a handshake that was checked before into a link. */
export class Transport {
  readonly #server: WebSocketServer
  readonly #compression: boolean
  /** That of the handshake under way: ws asks for it before `handleUpgrade` returns. */
  #switch: Switch = NOTHING

  constructor({ maxMessageSize, closeTimeout, compression }: TransportOptions) {
    const parts = Math.max(FEWEST_PARTS, Math.ceil(maxMessageSize / SMALLEST_PART))
    const options = {
      noServer: true,
      WebSocket: WsLink,
      clientTracking: false,
      // ws drops who pings too much without a word to anybody.
      autoPong: false,
      maxPayload: maxMessageSize,
      closeTimeout,
      maxFragments: parts,
      maxBufferedChunks: parts,
      perMessageDeflate: compression && DEFLATE,
      handleProtocols: () => this.#switch.protocol || false,
    }
    this.#server = new WebSocketServer(options)
    this.#server.on('headers', (lines) => lines.push(...this.#switch.headers))
    this.#compression = compression
  }

  /** Sends the 101. @returns the link, or `undefined` where the socket was lost */
  accept({ request, socket, head }: Upgrade, answer: Switch): Link | undefined {
    let link: Link | undefined
    this.#switch = answer
    if (this.#compression && !acceptable(request)) delete request.headers['sec-websocket-extensions']
    // Header bytes are Latin-1 (RFC 9110 section 5.5), and ws leaves the encoding to the socket. Streams of npm know it by
    // its old name alone.
    const foreign = answer.headers.some((line) => !ASCII.test(line))
    if (foreign) socket.setDefaultEncoding('binary')
    // ws calls back at once, or never.
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      link = (ws as WsLink).bind(socket)
    })
    if (foreign) socket.setDefaultEncoding('utf8')
    this.#switch = NOTHING
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

/** The close codes that ws sends for its documented error codes; what is not named here breaks the protocol. */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CloseCode.InvalidPayload,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCode.PolicyViolation,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CloseCode.MessageTooBig,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCode.MessageTooBig,
  Z_DATA_ERROR: CloseCode.InvalidPayload,
  Z_BUF_ERROR: CloseCode.InvalidPayload,
}

/** An empty ping (RFC 6455 section 5.5.2). */
const PING = Buffer.from([0x89, 0])

/**
 * ws's own class with what a link is beside it. It takes ws's events where they are emitted: listeners would cost each
 * connection as much memory as all of its rooms.
 */
class WsLink extends WebSocket implements Link {
  compressed = false
  #sink: CountingSocket | undefined
  #listener: LinkListener | undefined
  #pongs: Pongs | undefined

  get sink(): CountingSocket {
    return this.#sink as CountingSocket
  }

  get open(): boolean {
    return this.readyState === WebSocket.OPEN
  }

  get writableLength(): number {
    return this.#sink?.writableLength ?? 0
  }

  get bytesRead(): number {
    return this.#sink?.bytesRead ?? 0
  }

  get bytesSent(): number {
    const { bytesWritten = 0, writableLength = 0, _handle: handle } = this.#sink ?? {}
    // One large frame is one write: its progress shows in libuv's queue alone. Without that figure it shows at its end.
    return bytesWritten - writableLength - (handle?.writeQueueSize ?? 0)
  }

  /** Names the socket to which frames of ours are written. */
  bind(socket: Duplex): this {
    this.#sink = socket
    this.compressed = this.extensions !== ''
    if (this.compressed) stopAtFailure(this)
    return this
  }

  listen(listener: LinkListener): void {
    this.#listener = listener
  }

  override ping(data?: Buffer): void {
    if (!this.open) return
    if (data) super.ping(data)
    else this.#sink?.write(PING)
  }

  // ws answers the client's close frame by itself, at once: what was sent before must be on its way by then.
  override close(code?: number, reason?: string | Buffer): void {
    this.#listener?.closing()
    super.close(code, reason)
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const listener = this.#listener
    if (!listener) return false
    if (event === 'message') {
      if (this.compressed) releaseInflater(this)
      listener.received(first as Buffer, second as boolean)
    } else if (event === 'pong') listener.ponged(first as Buffer)
    else if (event === 'ping') this.#answer(first as Buffer, listener)
    else if (event === 'error') listener.failed(first as Error, closeCodeOf(first as NodeJS.ErrnoException))
    else if (event === 'close') listener.ended(first as number, String(second), first !== CloseCode.Abnormal)
    return true
  }

  #answer(ping: Buffer, listener: LinkListener): void {
    if (!this.open) return
    this.#pongs ??= new Pongs()
    if (!this.#pongs.send((gone) => super.pong(ping, false, gone))) listener.flooded()
  }
}

function closeCodeOf({ code = '' }: NodeJS.ErrnoException): number {
  return CLOSE_CODES[code] ?? CloseCode.ProtocolError
}
