/** Bytes that no other thread shares: `Uint8Array<ArrayBuffer>` since TypeScript 5.7, which made the class generic. */
export type Bytes = ReturnType<Uint8Array['slice']>

/** The part of a `WebSocket` that the client uses: a browser's, Node's, or that of `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  /** Adds a listener, as `addEventListener` of an `EventTarget` does. */
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void
  /** Sends a text or bytes in one message. */
  send(data: string | Bytes): void
  /** Starts the close handshake. */
  close(code?: number, reason?: string): void
}

/** A class of {@link WebSocketLike}. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike
