/** Messages of a hub since it was made, and their bytes. */
export interface Traffic {
  /** Messages of clients, also those that the hub answers by itself or refuses. */
  messagesIn: number
  /** Bytes of these messages, without the headers of frames and after decompression. */
  bytesIn: number
  /** Messages to clients that were handed to their sockets: a broadcast counts once for each connection. */
  messagesOut: number
  /** Bytes of these messages as they are sent, with the headers of frames and compressed if they are. */
  bytesOut: number
}

/** Counts at 0. */
export function newTraffic(): Traffic {
  return { messagesIn: 0, bytesIn: 0, messagesOut: 0, bytesOut: 0 }
}
