/** Bytes that no other thread shares: `Uint8Array<ArrayBuffer>` from TypeScript 5.7 on, which made the class generic. */
export type Bytes = ReturnType<Uint8Array['slice']>

/** The part of a `WebSocket` that the client uses: a browser's, Node's, or that of `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  /** Adds a listener, as that of an `EventTarget`. */
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void
  /** Sends a text or bytes in one message. */
  send(data: string | Bytes): void
  /** Starts the close handshake. */
  close(code?: number, reason?: string): void
}

/** A class of {@link WebSocketLike}. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike

interface Received {
  readonly data: string | ArrayBuffer
}
interface Failed {
  readonly message?: string
}
interface Closed {
  readonly code: number
  readonly reason: string
}

/** Listens to the events of a socket. */
export function listenTo(
  socket: WebSocketLike,
  listeners: { open: () => void; message: (event: Received) => void; close: (event: Closed) => void },
): void {
  socket.binaryType = 'arraybuffer'
  let failure: string | undefined
  socket.addEventListener('open', listeners.open)
  socket.addEventListener('message', listeners.message as (event: object) => void)
  // Without a listener, `ws` throws. Classes other than a browser's name the failure, such as a refused handshake.
  socket.addEventListener('error', (event) => (failure = (event as Failed).message))
  socket.addEventListener('close', (event) => {
    const { code, reason } = event as Closed
    listeners.close({ code, reason: reason || failure || '' })
  })
}
