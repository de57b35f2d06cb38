import type { Duplex } from 'node:stream'
import type { MessageConsumer } from './frame-reader.js'

/** One WebSocket as a connection sees it: the socket to which the outbox writes frames, and the operations of RFC 6455. */
export interface Transport {
  /** The socket, for frames that the outbox writes. */
  readonly socket: Duplex
  /** False once the closing handshake has begun. */
  readonly open: boolean
  /** Bytes that the socket holds because the kernel does not take them yet. */
  readonly writableLength: number
  /** The subprotocol that was selected; empty for none. */
  readonly protocol: string
  /** Whether permessage-deflate was negotiated. */
  readonly compressed: boolean
  /** Bytes received; 0 if the socket does not count them. */
  readonly bytesRead: number
  /** Bytes of a message that is not complete yet, with the memory overhead of its fragments; 0 if unknown. */
  readonly unfinished: number
  /** Rises while the kernel takes written bytes. Only its changes mean something. */
  readonly bytesSent: number
  /** Sets the listener for the events. */
  listen(listener: TransportListener): void
  ping(data?: Buffer): void
  pause(): void
  resume(): void
  /** Starts the closing handshake, or finishes the peer's. */
  close(code: number, reason: string): void
  /** Drops the socket without a close frame. */
  terminate(): void
}

/** Receives the events of a transport. */
export interface TransportListener {
  readonly receiver: MessageConsumer
  /** A ping has arrived. @returns whether to answer it */
  pinged(): boolean
  /** The peer broke the protocol or a limit; the transport closes with this code by itself. */
  failed(error: Error, code: number): void
  /** The peer pings and does not read the pongs. */
  flooded(): void
  /** This side is about to send a close frame, its own or the answer to the peer's. Messages that wait must be sent before it. */
  closing(): void
  /** The socket has closed. @param clean whether the peer sent a close frame */
  ended(code: number, reason: string, clean: boolean): void
}
