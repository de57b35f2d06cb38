import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import WebSocket, { WebSocketServer } from 'ws'
import type { Link, LinkListener } from './link.js'
import { compactFragments, gateInflater, releaseInflater, stopAtFailure, unfinishedBytes } from './ws-insides.js'
import { chooseOffer, DEFLATE, FULL_WINDOW } from './negotiation.js'
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

/**
 * Each fragment of an unfinished message costs some hundred bytes whatever it holds, so their number is bounded too: one
 * for every 64 bytes that a message may have, which is the smallest size that public conformance suites use.
 */
const SMALLEST_PART = 64
const FEWEST_PARTS = 16_384

/** A 101 of which the app had nothing to say. */
const NOTHING: Switch = { headers: [], protocol: '' }
const ASCII = /^[\t\x20-\x7e]*$/

/** The only place that knows ws. It turns a handshake that was checked before into a link. */
export class Transport {
  readonly #server: WebSocketServer
  /** The same for offers that want the window named. */
  readonly #fullWindow: WebSocketServer
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
      handleProtocols: () => this.#switch.protocol || false,
    }
    this.#server = new WebSocketServer({ ...options, perMessageDeflate: compression && DEFLATE })
    this.#fullWindow = new WebSocketServer({ ...options, perMessageDeflate: compression && FULL_WINDOW })
    for (const server of [this.#server, this.#fullWindow]) {
      server.on('headers', (lines) => lines.push(...this.#switch.headers))
    }
    this.#compression = compression
  }

  /** Sends the 101. @returns the link, or `undefined` where the socket was lost */
  accept({ request, socket, head }: Upgrade, answer: Switch): Link | undefined {
    let link: Link | undefined
    this.#switch = answer
    const server = this.#compression && chooseOffer(request.headers) ? this.#fullWindow : this.#server
    // Header bytes are Latin-1 (RFC 9110 section 5.5), and ws leaves the encoding to the socket. Streams of npm know it by
    // its old name alone.
    const foreign = answer.headers.some((line) => !ASCII.test(line))
    if (foreign) socket.setDefaultEncoding('binary')
    // ws calls back at once, or never.
    server.handleUpgrade(request, socket, head, (ws) => {
      link = (ws as WsLink).bind(socket)
    })
    if (foreign) socket.setDefaultEncoding('utf8')
    this.#switch = NOTHING
    return link
  }
}

type CountingSocket = Duplex & {
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

/** The largest control frames that one read of a socket, 64 KiB, holds. */
const CONTROLS_PER_PACKET = 512

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
  #held = false
  #controls = 0
  #inflate: (() => void) | undefined

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
    if (this.compressed) {
      stopAtFailure(this)
      gateInflater(this, (inflate) => this.#gate(inflate))
    }
    return this
  }

  get unfinished(): number {
    return unfinishedBytes(this)
  }

  override pause(): void {
    this.#held = true
    super.pause()
  }

  override resume(): void {
    this.#release()
    super.resume()
  }

  override terminate(): void {
    this.#release()
    super.terminate()
  }

  // One packet of compressed messages may inflate to a thousand times its size.
  #gate(inflate: () => void): void {
    if (this.#held && this.open) this.#inflate = inflate
    else inflate()
  }

  #release(): void {
    this.#held = false
    const inflate = this.#inflate
    this.#inflate = undefined
    inflate?.()
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
    } else if (event === 'pong' || event === 'ping') this.#control(event, first as Buffer, listener)
    else if (event === 'error') listener.failed(first as Error, closeCodeOf(first as NodeJS.ErrnoException))
    else if (event === 'close') listener.ended(first as number, String(second), first !== CloseCode.Abnormal)
    return true
  }

  #control(event: 'ping' | 'pong', data: Buffer, listener: LinkListener): void {
    // Each fragment keeps the packet that it came in, and control frames between them make those packets large.
    if (++this.#controls % CONTROLS_PER_PACKET === 0) compactFragments(this)
    if (event === 'pong') listener.ponged(data)
    else this.#answer(data, listener)
  }

  #answer(ping: Buffer, listener: LinkListener): void {
    if (!this.open || !listener.pinged()) return
    this.#pongs ??= new Pongs()
    if (!this.#pongs.send((gone) => super.pong(ping, false, gone))) listener.flooded()
  }
}

function closeCodeOf({ code = '' }: NodeJS.ErrnoException): number {
  return CLOSE_CODES[code] ?? CloseCode.ProtocolError
}
