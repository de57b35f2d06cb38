import type { Duplex } from 'node:stream'
import WebSocket from 'ws'
import type { Transport, TransportListener } from './transport.js'
import {
  compactFragments,
  deferInflation,
  releaseInflater,
  removeListenerTable,
  stopAtFailure,
  unfinishedBytes,
} from './ws-internals.js'
import type { MessageConsumer } from './frame-reader.js'
import { closeCodeOf } from './ws-close-codes.js'
import { readWholeFrames } from './ws-shortcut.js'
import { noop } from '../util/noop.js'
import { PongLimit } from './pong-limit.js'
import { CloseCode } from '../protocol/index.js'

/** The options of ws for a WebSocket of a server. */
export interface SocketOptions {
  readonly autoPong: boolean
  /** Milliseconds. */
  readonly closeTimeout: number
}

type CountingSocket = Duplex & {
  readonly bytesRead?: number
  readonly bytesWritten?: number
  /** Internal to Node, whose own socket timeouts use this number for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** About as many control frames of the largest size as one read of a socket (64 KiB) holds. */
const CONTROLS_PER_PACKET = 512

/** An empty ping (RFC 6455 section 5.5.2). */
const PING_FRAME = Buffer.from([0x89, 0])

/**
 * The WebSocket of ws, extended to a transport. It overrides `emit` instead of adding listeners, which would cost each
 * connection as much memory as all of its rooms.
 */
export class WebSocketTransport extends WebSocket implements Transport {
  compressed = false
  #socket: CountingSocket | undefined
  #listener: TransportListener | undefined
  #pongs: PongLimit | undefined
  #held = false
  #controls = 0
  #inflate: (() => void) | undefined

  get socket(): CountingSocket {
    return this.#socket as CountingSocket
  }

  get open(): boolean {
    return this.readyState === WebSocket.OPEN
  }

  get writableLength(): number {
    return this.#socket?.writableLength ?? 0
  }

  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0
  }

  get bytesSent(): number {
    const { bytesWritten = 0, writableLength = 0, _handle: handle } = this.#socket ?? {}
    // One large frame is one write, and only libuv's queue shows its progress. Without that number the write counts at its end.
    return bytesWritten - writableLength - (handle?.writeQueueSize ?? 0)
  }

  /** Sets the socket to which the outbox writes frames. */
  bind(socket: Duplex): this {
    this.#socket = socket
    removeListenerTable(this)
    // ws has added an error listener of its own.
    socket.off('error', noop)
    this.compressed = this.extensions !== ''
    if (this.compressed) {
      stopAtFailure(this)
      deferInflation(this, (inflate) => this.#beginInflation(inflate))
    } else readWholeFrames(this)
    return this
  }

  /** Receives the messages. */
  get consumer(): MessageConsumer | undefined {
    return this.#listener?.receiver
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

  // Nothing is inflated while reading is paused: one packet of compressed messages may inflate to a thousand times its size.
  #beginInflation(inflate: () => void): void {
    if (this.#held && this.open) this.#inflate = inflate
    else inflate()
  }

  #release(): void {
    this.#held = false
    const inflate = this.#inflate
    this.#inflate = undefined
    inflate?.()
  }

  listen(listener: TransportListener): void {
    this.#listener = listener
  }

  override ping(data?: Buffer): void {
    if (!this.open) return
    if (data) super.ping(data)
    else this.#socket?.write(PING_FRAME)
  }

  // ws also calls this to answer the client's close frame. What waits must be written before either close frame.
  override close(code?: number, reason?: string | Buffer): void {
    this.#listener?.closing()
    super.close(code, reason)
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const listener = this.#listener
    if (!listener) return false
    if (event === 'message') {
      if (this.compressed) releaseInflater(this)
      const data = first as Buffer
      listener.receiver.dataReceived()
      listener.receiver.received(second ? data : data.toString(), data.length)
    } else if (event === 'pong' || event === 'ping') this.#control(event, first as Buffer, listener)
    else if (event === 'error') listener.failed(first as Error, closeCodeOf(first as NodeJS.ErrnoException))
    else if (event === 'close') listener.ended(first as number, String(second), first !== CloseCode.Abnormal)
    return true
  }

  #control(event: 'ping' | 'pong', data: Buffer, listener: TransportListener): void {
    // Each fragment keeps its whole packet in memory, and control frames between fragments make these packets large.
    if (++this.#controls % CONTROLS_PER_PACKET === 0) compactFragments(this)
    if (event === 'pong') listener.receiver.ponged(data)
    else this.#answer(data, listener)
  }

  #answer(ping: Buffer, listener: TransportListener): void {
    if (!this.open || !listener.pinged()) return
    this.#pongs ??= new PongLimit()
    if (!this.#pongs.send((gone) => super.pong(ping, false, gone))) listener.flooded()
  }
}

/** The same class with the parameters that ws passes, which its types leave out. */
export const ServerTransport = WebSocketTransport as unknown as new (
  address: null,
  protocols: undefined,
  options: SocketOptions,
) => WebSocketTransport
