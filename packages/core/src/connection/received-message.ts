import type { Envelope } from '../protocol/index.js'

/** A frame on its way to a handler; `envelope` if it is a typed message. */
export interface ReceivedMessage {
  readonly data: string | Buffer
  readonly envelope: Envelope | undefined
}
