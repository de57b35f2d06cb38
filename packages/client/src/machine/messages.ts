/** A position in a room's history. Up to equal positions, all clients have had the same messages. */
export interface Position {
  readonly offset: number
  readonly epoch: string
  readonly tag: string
}

/** A typed message of the server. */
export interface Message {
  readonly type: string
  readonly payload?: unknown
  readonly id?: string | number
  readonly room?: string
  readonly offset?: number
  readonly epoch?: string
  readonly tag?: string
  readonly volatile?: boolean
  /** The bytes beside the payload of an event or a request of the server. */
  readonly bytes?: Uint8Array | undefined
}

/** A failure, from the server's `error` or from this client. */
export interface Fault {
  readonly code: string
  readonly message?: string
  readonly issues?: readonly unknown[]
}

/** The answer to a request. */
export interface Result {
  readonly fault?: Fault | undefined
  readonly payload?: unknown
}

/** A message that waits for an answer or to be sent. An `emit` gets no answer. */
export interface Request {
  readonly id: number
  readonly kind: 'user' | 'emit' | 'hello' | 'join' | 'leave'
  /** The envelope as JSON without its `id` and its last brace. */
  readonly body: string
  readonly bytes: number
  /** The bytes that are sent beside the payload. */
  readonly attached?: Uint8Array | undefined
  readonly dueAt: number
  /** Whether the request is repeated on the next connection if this one is lost. */
  readonly retry: boolean
  /** Called by the shell with the answer. */
  readonly done?: ((result: Result) => void) | undefined
  /** Called by the shell with each value of a streamed reply. */
  readonly next?: ((value: unknown) => void) | undefined
  /** The room of `join` and `leave`. */
  readonly room?: string | undefined
  sent: boolean
}
