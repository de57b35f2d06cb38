import { type ReceivedData, textIn } from '../connection/received-message.js'
import { decodeEnvelope } from '../protocol/index.js'

/** A connection whose messages wait for handlers. */
export interface QueueingConnection {
  readonly core: {
    readonly receiver: {
      readonly queue: {
        /** Drops some of the messages that no handler has started on. @returns how many */
        remove(isMeant: (message: ReceivedData) => boolean): number
      }
    }
  }
}

/** Called with each request that a client has cancelled. */
export interface QueuedCancelsParts<Connection> {
  /** It was taken out of the queue. */
  removed(connection: Connection, id: string | number): void
  /** It is not in the queue. */
  missed(connection: Connection, id: string | number): void
}

/**
 * Takes cancelled requests out of the queues. A search must parse the messages in the queue, so each queue is searched at most
 * once in a turn of the event loop, however many of its requests are cancelled.
 */
export class QueuedCancels<Connection extends QueueingConnection> {
  readonly #parts: QueuedCancelsParts<Connection>
  readonly #cancelled = new Map<Connection, Set<string | number>>()

  constructor(parts: QueuedCancelsParts<Connection>) {
    this.#parts = parts
  }

  cancel(connection: Connection, id: string | number): void {
    const ids = this.#cancelled.get(connection) ?? new Set<string | number>()
    if (ids.size === 0) setImmediate(() => this.#search(connection, ids))
    this.#cancelled.set(connection, ids.add(id))
  }

  #search(connection: Connection, ids: Set<string | number>): void {
    this.#cancelled.delete(connection)
    const { queue } = connection.core.receiver
    const found: (string | number)[] = []
    queue.remove((message) => {
      const text = textIn(message)
      const id = text === undefined ? undefined : decodeEnvelope(text)?.id
      if (id === undefined || !ids.delete(id)) return false
      found.push(id)
      return true
    })
    for (const id of found) this.#parts.removed(connection, id)
    for (const id of ids) this.#parts.missed(connection, id)
  }
}
