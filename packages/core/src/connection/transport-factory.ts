import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import WebSocket, { WebSocketServer } from 'ws'
import { chooseOffer, DEFLATE, FULL_WINDOW } from '../upgrade/extension-negotiation.js'
import { renderSwitching, type SwitchingResponse } from '../upgrade/switching-response.js'
import type { Transport } from './transport.js'
import { ServerTransport, type SocketOptions, WebSocketTransport } from './websocket-transport.js'
import { attachSocket, isAttachable, type ReadingOptions, setProtocol } from './ws-internals.js'

/** The settings of a hub for the WebSocket library. */
export interface TransportOptions {
  /** Bytes of the largest message. */
  readonly maxMessageSize: number
  /** Milliseconds that a closing handshake may take. */
  readonly closeTimeout: number
  readonly compression: boolean
}

/** A checked request, its socket, and the bytes that came after it. */
export interface CheckedUpgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/**
 * Each fragment of an unfinished message costs more than 100 bytes in addition to its content, so their number is limited too:
 * one for every 64 bytes of the largest message. Public conformance suites use no smaller fragments.
 */
const MIN_FRAGMENT_BYTES = 64
const MIN_MAX_FRAGMENTS = 16_384

/** Whether this version of ws accepts a socket on which the 101 was already sent. */
const attachable = isAttachable(WebSocket)

/** A 101 to which the app adds nothing. */
const EMPTY_RESPONSE: SwitchingResponse = { headers: [], protocol: '' }
const ASCII_LINE = /^[\t\x20-\x7e]*$/

/** The only place that knows ws. It turns a handshake that was checked before into a transport. */
export class TransportFactory {
  readonly #server: WebSocketServer
  /** The same for offers that require `server_max_window_bits=15` in the answer. */
  readonly #fullWindow: WebSocketServer
  readonly #compression: boolean
  readonly #socketOptions: SocketOptions
  readonly #reading: ReadingOptions
  /** The response of the current handshake: ws asks for it before `handleUpgrade` returns. */
  #switch: SwitchingResponse = EMPTY_RESPONSE

  constructor({ maxMessageSize, closeTimeout, compression }: TransportOptions) {
    const parts = Math.max(MIN_MAX_FRAGMENTS, Math.ceil(maxMessageSize / MIN_FRAGMENT_BYTES))
    // With autoPong, ws would terminate a client that sends too many pings and not report it.
    this.#socketOptions = { autoPong: false, closeTimeout }
    this.#reading = {
      maxPayload: maxMessageSize,
      maxFragments: parts,
      maxBufferedChunks: parts,
      allowSynchronousEvents: true,
      skipUTF8Validation: false,
    }
    const options = {
      ...this.#socketOptions,
      ...this.#reading,
      noServer: true,
      WebSocket: WebSocketTransport,
      clientTracking: false,
      handleProtocols: () => this.#switch.protocol || false,
    }
    this.#server = new WebSocketServer({ ...options, perMessageDeflate: compression && DEFLATE })
    this.#fullWindow = new WebSocketServer({ ...options, perMessageDeflate: compression && FULL_WINDOW })
    for (const server of [this.#server, this.#fullWindow]) {
      server.on('headers', (lines) => lines.push(...this.#switch.headers))
    }
    this.#compression = compression
  }

  /** Sends the 101. @returns the transport, or `undefined` if the socket was lost */
  accept(upgrade: CheckedUpgrade, answer: SwitchingResponse): Transport | undefined {
    const { 'sec-websocket-key': key, 'sec-websocket-extensions': offered } = upgrade.request.headers
    const isNegotiated = this.#compression && offered !== undefined
    if (isNegotiated || key === undefined || !attachable) return this.#negotiate(upgrade, answer)
    return this.#switchPlain(upgrade, key, answer)
  }

  /** Without an extension there is nothing to negotiate, and what ws would check was checked before. */
  #switchPlain({ socket, head }: CheckedUpgrade, key: string, answer: SwitchingResponse): Transport | undefined {
    if (!socket.readable || !socket.writable) return void socket.destroy()
    const transport = new ServerTransport(null, undefined, this.#socketOptions)
    if (answer.protocol !== '') setProtocol(transport, answer.protocol)
    // Header bytes are Latin-1 (RFC 9110 section 5.5). Stream packages on npm know only its old name, `binary`.
    socket.write(renderSwitching(key, answer), 'binary')
    attachSocket(transport, [socket, head, this.#reading])
    return transport.bind(socket)
  }

  /** Has ws negotiate the extension. */
  #negotiate({ request, socket, head }: CheckedUpgrade, answer: SwitchingResponse): Transport | undefined {
    let transport: Transport | undefined
    this.#switch = answer
    const server = this.#compression && chooseOffer(request.headers) ? this.#fullWindow : this.#server
    // ws writes the header in the default encoding of the socket.
    const foreign = answer.headers.some((line) => !ASCII_LINE.test(line))
    if (foreign) socket.setDefaultEncoding('binary')
    // ws calls back at once, or never.
    server.handleUpgrade(request, socket, head, (ws) => {
      transport = (ws as WebSocketTransport).bind(socket)
    })
    if (foreign) socket.setDefaultEncoding('utf8')
    this.#switch = EMPTY_RESPONSE
    return transport
  }
}
