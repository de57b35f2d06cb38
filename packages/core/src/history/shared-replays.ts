import type { BrokerHistory, Lost, Position, Replay } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import type { Frame } from '../broadcast/frame.js'
import { textOf } from './event-text.js'
import { eventIn } from './stored-event.js'
import type { StreamPlace } from './stream-place.js'

/** A message that a client has missed. */
export interface MissedMessage {
  readonly id: string | undefined
  readonly position: Position
  /** `undefined` if this server can't read it. */
  readonly message: ClusterMessage | undefined
  /** Made once for all clients that get it. */
  readonly frame: Frame
}

/** The missed messages for all clients with the same request. */
export interface SharedReplay {
  readonly position: Position
  readonly lost: Lost | undefined
  readonly messages: readonly MissedMessage[]
}

/** What shared replays need of their hub. */
export interface SharedReplaysHost {
  frame(text: string): Frame
  /** The most that a client may be sent at once, bytes. */
  readonly maxBytes: number
}

/** Reads the store for clients. Simultaneous equal requests share one read and its frames. */
export class SharedReplays {
  readonly #host: SharedReplaysHost
  readonly #reads = new Map<string, Promise<SharedReplay>>()

  constructor(host: SharedReplaysHost) {
    this.#host = host
  }

  /** Rejects if the store can't be read. @param fresh whether the read must begin now, and not be one in progress */
  read(place: StreamPlace, from: Position | number, fresh: boolean): Promise<SharedReplay> {
    const at = typeof from === 'number' ? String(from) : `${from.epoch} ${from.offset} ${from.tag}`
    const key = `${at} ${place.topic}`
    const shared = fresh ? undefined : this.#reads.get(key)
    if (shared) return shared
    const read = this.#read(place, from)
    this.#reads.set(key, read)
    const forget = (): void => void setImmediate(() => this.#reads.get(key) === read && this.#reads.delete(key))
    read.then(forget, forget)
    return read
  }

  async #read({ history, topic, window }: StreamPlace, from: Position | number): Promise<SharedReplay> {
    const { maxBytes } = this.#host
    return this.#decode(await readFor(history, { topic, from, window, maxBytes }))
  }

  #decode({ position, entries, lost }: Replay): SharedReplay {
    const { epoch } = position
    const messages = entries.map(({ offset, tag, bytes }) => this.#missed({ offset, epoch, tag }, eventIn(bytes)))
    return { position, lost, messages }
  }

  #missed(position: Position, message: ClusterMessage | undefined): MissedMessage {
    let frame: Frame | undefined
    const make = (): Frame => this.#host.frame(message ? textOf(message, position) : '')
    return {
      id: message?.id,
      position,
      message,
      get frame() {
        return (frame ??= make())
      },
    }
  }
}

async function readFor(
  history: BrokerHistory,
  {
    topic,
    from,
    window,
    maxBytes,
  }: Pick<StreamPlace, 'topic' | 'window'> & { from: Position | number; maxBytes: number },
): Promise<Replay> {
  return history.since(topic, from, { ...window, maxBytes })
}
