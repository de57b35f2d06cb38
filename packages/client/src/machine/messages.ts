/** A position in a room's history: up to equal positions, the messages are the same. */
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
  /** What came beside an event or a request of the server. */
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
  /** What is sent beside it. */
  readonly attached?: Uint8Array | undefined
  readonly dueAt: number
  /** Repeated on the next connection if this one is lost. */
  readonly retry: boolean
  /** For the shell: what the answer goes to. */
  readonly done?: ((result: Result) => void) | undefined
  /** For the shell: what each value of a streamed reply goes to. */
  readonly next?: ((value: unknown) => void) | undefined
  /** The room of `join` and `leave`. */
  readonly room?: string | undefined
  sent: boolean
}
