import type { Lost, Position, Replay } from '../broker/broker.js'
import { unpack } from '../broker/parcel.js'
import { HubError } from '../errors.js'
import { decodeEnvelope } from '../protocol/codec.js'
import type { Log } from './log.js'
import { textOf } from './recovery.js'

/** A message that a room's history holds, as clients get it. */
export interface HistoryMessage extends Position {
  readonly type: string
  readonly payload?: unknown
  readonly room: string
}

/** What came after a position: all of it in order, or the reason why there is nothing. */
export type Missed =
  | { readonly recovered: true; readonly messages: readonly HistoryMessage[] }
  | { readonly recovered: false; readonly reason: Lost; readonly messages: readonly [] }

/** What was emitted to a room, on every server. */
export class RoomHistory {
  readonly #log: () => Log | undefined

  /** @internal */
  constructor(log: () => Log | undefined) {
    this.#log = log
  }

  /** Where the room stands. @throws HubError `unavailable` where the store can't be read */
  async position(): Promise<Position> {
    return (await this.#read(0)).position
  }

  /** The last messages, oldest first, for everybody's eyes: also those that left somebody out. @throws HubError `unavailable` */
  async last(count: number): Promise<HistoryMessage[]> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new TypeError(`last() needs a whole number of at least 0, not ${String(count)}.`)
    }
    return messagesOf(await this.#read(count))
  }

  /** What came after a position. @throws HubError `unavailable` where the store can't be read */
  async since(position: Position): Promise<Missed> {
    const replay = await this.#read(position)
    if (replay.lost) return { recovered: false, reason: replay.lost, messages: [] }
    return { recovered: true, messages: messagesOf(replay) }
  }

  async #read(from: Position | number): Promise<Replay> {
    const log = this.#log()
    if (!log) throw new HubError('no_history', 'The room has no history any more.', { status: 404 })
    try {
      return await log.read(from)
    } catch (cause) {
      throw new HubError('unavailable', 'The history can not be read at the moment.', { status: 503, cause })
    }
  }
}

function messagesOf({ entries, position: { epoch } }: Replay): HistoryMessage[] {
  return entries.flatMap(({ offset, tag, bytes }) => {
    const parcel = unpack(bytes)
    return parcel ? [decodeEnvelope(textOf(parcel, { offset, epoch, tag })) as unknown as HistoryMessage] : []
  })
}
