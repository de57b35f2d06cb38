/** Bytes that no other thread shares: `Uint8Array<ArrayBuffer>` from TypeScript 5.7 on, which made the class generic. */
export type Bytes = ReturnType<Uint8Array['slice']>

/** The used part of a `WebSocket` class: a browser's, Node's, or that of `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void
  send(data: string | Bytes): void
  close(code?: number, reason?: string): void
}

/** A class of {@link WebSocketLike}. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike

export interface Received {
  readonly data: string | ArrayBuffer
}
export interface Closed {
  readonly code: number
  readonly reason: string
}
