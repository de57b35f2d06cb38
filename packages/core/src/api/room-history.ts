import type { Lost, Position, Replay } from '../cluster/broker-history.js'
import { HubError } from '../errors.js'
import { decodeEnvelope } from '../protocol/codec.js'
import { textOf } from '../history/event-text.js'
import { unavailable } from '../history/unavailable.js'
import { eventIn, type StreamPlace } from '../history/stream-place.js'

/** A message that a room's history holds, as clients get it. */
export interface HistoryMessage extends Position {
  readonly type: string
  readonly payload?: unknown
  readonly room: string
}

/** What came after a position: all of it in order, or the reason why there is nothing. */
export type Missed =
  | { readonly recovered: true; readonly messages: readonly HistoryMessage[] }
  | { readonly recovered: false; readonly reason: Lost | 'unreadable'; readonly messages: readonly [] }

/** What was emitted to a room, on every server. */
export class RoomHistory {
  readonly #place: () => StreamPlace | undefined

  /** @internal */
  constructor(place: () => StreamPlace | undefined) {
    this.#place = place
  }

  /** The position of the room. @throws HubError `unavailable` if the store can't be read */
  async position(): Promise<Position> {
    return (await this.#read(0)).position
  }

  /**
   * The last messages, oldest first, for everybody's eyes: also those that left somebody out. Messages that this version
   * can't read are left out.
   * @throws HubError `unavailable`
   */
  async last(count: number): Promise<HistoryMessage[]> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new TypeError(`last() needs a whole number of at least 0, not ${String(count)}.`)
    }
    return messagesOf(await this.#read(count))
  }

  /** What came after a position. @throws HubError `unavailable` if the store can't be read */
  async since(position: Position): Promise<Missed> {
    const replay = await this.#read(position)
    if (replay.lost) return { recovered: false, reason: replay.lost, messages: [] }
    const messages = messagesOf(replay)
    if (messages.length === replay.entries.length) return { recovered: true, messages }
    return { recovered: false, reason: 'unreadable', messages: [] }
  }

  async #read(from: Position | number): Promise<Replay> {
    const place = this.#place()
    if (!place) throw new HubError('no_history', 'The room has no history any more.', { status: 404 })
    const { history, topic, window } = place
    try {
      return await history.since(topic, from, window)
    } catch (cause) {
      throw unavailable(cause)
    }
  }
}

function messagesOf({ entries, position: { epoch } }: Replay): HistoryMessage[] {
  return entries.flatMap(({ offset, tag, bytes }) => {
    const message = eventIn(bytes)
    return message ? [decodeEnvelope(textOf(message, { offset, epoch, tag })) as unknown as HistoryMessage] : []
  })
}
