import type { Lost, Position, Replay } from '../cluster/broker-history.js'
import { decodeEnvelope, encodeEvent } from '../protocol/codec.js'
import type { AppendArguments, EventsOf, HubTypes, NameIn } from './hub-types.js'
import { textOf } from '../history/event-text.js'
import { noop } from '../util/noop.js'
import { noHistory, unavailable } from '../history/history-errors.js'
import { eventIn } from '../history/stored-event.js'
import type { StreamPlace } from '../history/stream-place.js'

/** A message of a room's history, as clients get it. The payload has gone through JSON: a `Date` is a string. */
export interface HistoryMessage extends Position {
  readonly type: string
  readonly payload?: unknown
  readonly room: string
}

/** The messages after a position: all of them in order, or none and the reason. */
export type Missed =
  | { readonly recovered: true; readonly messages: readonly HistoryMessage[] }
  | { readonly recovered: false; readonly reason: Lost | 'unreadable'; readonly messages: readonly [] }

/** The kept messages of a room, from all servers. */
export class RoomHistory<Types extends HubTypes = HubTypes> {
  readonly #place: () => StreamPlace | undefined
  readonly #append: (text: string) => Promise<Position>

  /** @internal */
  constructor(place: () => StreamPlace | undefined, append: (text: string) => Promise<Position>) {
    this.#place = place
    this.#append = append
  }

  /**
   * Emits an event to the room and resolves with its position once the store has kept it. It is delivered in the order of
   * the history, together with emitted events. It is never delivered without being kept, regardless of `history.unkept`.
   * @throws TypeError as `emit` does; HubError (as a rejection) `unavailable`: it is not kept and not delivered, so call it
   * again later; `unknown`: the store has not confirmed it, and may have kept it; `no_history` if the room has lost its
   * history
   */
  append<Type extends NameIn<EventsOf<Types>>>(
    type: Type,
    ...[payload]: AppendArguments<EventsOf<Types>, Type>
  ): Promise<Position> {
    const appended = this.#append(encodeEvent(type, payload))
    // If the caller does not await it, a rejection must not end the process: `onError` gets the failure of the store too.
    appended.catch(noop)
    return appended
  }

  /**
   * The position of the newest message. Read it before you read the state of the app, and send both to the client: it then gets
   * every later message.
   * @throws HubError (as a rejection) `unavailable` if the store can't be read, `no_history` if the room has lost its history
   */
  async position(): Promise<Position> {
    return (await this.#read(0)).position
  }

  /**
   * The last messages, oldest first. Messages that excluded some connections are included, so filter them before you show them
   * to a user. Messages of a newer version of wshub are left out.
   * @param count how many at most: a whole number of at least 0
   * @throws (as a rejection) HubError `unavailable` or `no_history`; TypeError if `count` is not such a number
   */
  async last(count: number): Promise<HistoryMessage[]> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new TypeError(`last() needs a whole number of at least 0, not ${String(count)}.`)
    }
    return messagesOf(await this.#read(count))
  }

  /** The messages after a position, in order. @throws HubError (as a rejection) `unavailable`, `no_history` */
  async since(position: Position): Promise<Missed> {
    const replay = await this.#read(position)
    if (replay.lost) return { recovered: false, reason: replay.lost, messages: [] }
    const messages = messagesOf(replay)
    if (messages.length === replay.entries.length) return { recovered: true, messages }
    return { recovered: false, reason: 'unreadable', messages: [] }
  }

  async #read(from: Position | number): Promise<Replay> {
    const place = this.#place()
    if (!place) throw noHistory()
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
