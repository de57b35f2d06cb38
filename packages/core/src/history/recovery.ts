import type { Lost, Position, Replay } from '../broker/broker.js'
import { type Parcel, unpack } from '../broker/parcel.js'
import type { Connection } from '../connection/connection.js'
import { HubError, quote } from '../errors.js'
import type { Frame } from '../outbox/frame.js'
import { encode, encodeEnvelope } from '../protocol/codec.js'
import { type RecoverRequest, readRequest } from './request.js'
import type { Log } from './log.js'
import { isExcepted } from '../rooms/audience.js'

/** What a client is told of its recovery. */
export interface Recovered {
  readonly recovered: boolean
  /** Why it was not. */
  readonly reason?: Lost
  /** Where the client stands now: everything up to here that was meant for it has been sent. */
  readonly offset: number
  readonly epoch: string
  /** The id of the connection, to be named the next time. */
  readonly connection: string
}

/** What recovery needs of its hub. */
export interface RecoveryHost<Data, Events extends object> {
  logOf(room: string): Log | undefined
  members(parcel: Parcel): Iterable<Connection<Data, Events>>
  frame(text: string): Frame
  /** Bytes that may wait for one connection. */
  readonly maxBufferedBytes: number
}

/** Live messages that wait until a connection has got what it missed. */
interface Hold {
  readonly frames: Frame[]
  size: number
}

/** Brings messages of rooms with history to their members, and back to those who missed some. */
export class Recovery<Data, Events extends object> {
  readonly #host: RecoveryHost<Data, Events>
  readonly #holds = new Map<string, Map<Connection<Data, Events>, Hold>>()
  // From which offset on a member got what was said; before the log has a place, it is where the log will begin.
  readonly #joined = new Map<string, Map<Connection<Data, Events>, number | undefined>>()

  constructor(host: RecoveryHost<Data, Events>) {
    this.#host = host
  }

  /** A connection has become a member of a room with history. */
  joined(connection: Connection<Data, Events>, room: string, log: Log): void {
    const members = this.#joined.get(room) ?? new Map<Connection<Data, Events>, number | undefined>()
    this.#joined.set(room, members)
    if (!members.has(connection)) members.set(connection, log.last?.offset)
  }

  /** A connection has left a room, or has gone. */
  left(connection: Connection<Data, Events>, room: string): void {
    const members = this.#joined.get(room)
    if (!members?.delete(connection)) return
    if (members.size === 0) this.#joined.delete(room)
    this.#release(connection, room)
  }

  /** Hands a message to this server's members; whoever recovers gets it afterwards. */
  deliver(parcel: Parcel, position: Position | undefined): void {
    const holds = this.#holds.get(parcel.address.names[0] ?? '')
    const frame = this.#host.frame(textOf(parcel, position))
    for (const connection of this.#host.members(parcel)) {
      const hold = holds?.get(connection)
      if (hold) keep(hold, frame)
      else connection.endpoint.deliver(frame)
    }
  }

  /** Tells this server's members that they have missed something that nobody has any more. */
  missed(room: string, reason: Lost, { offset, epoch }: Position): void {
    const frame = this.#host.frame(encodeEnvelope('hub:gap', { room, reason, offset, epoch }))
    for (const connection of this.#joined.get(room)?.keys() ?? []) connection.endpoint.deliver(frame)
  }

  /**
   * Sends a connection what it missed, then the answer, then what was said meanwhile.
   * @throws HubError `invalid_payload`, `not_in_room`, `no_history`, `recovering`, `unavailable`
   */
  async recover(
    connection: Connection<Data, Events>,
    payload: unknown,
    answer: (answer: Recovered) => void,
  ): Promise<void> {
    const request = readRequest(payload)
    const { room } = request
    const log = this.#check(connection, room)
    const hold = this.#hold(connection, room)
    try {
      const stood = log.last
      const replay = await this.#read(log, request)
      // Whoever has left meanwhile is owed nothing.
      if (!this.#joined.get(room)?.has(connection)) return
      const reason = this.#replay(connection, request, { replay, log, hold })
      const { epoch } = replay.position
      const offset = standing(stood ?? log.begun, replay.position)
      answer({ recovered: !reason, ...(reason && { reason }), offset, epoch, connection: connection.id })
    } finally {
      this.#release(connection, room)
      for (const frame of hold.frames) connection.endpoint.deliver(frame)
    }
  }

  #hold(connection: Connection<Data, Events>, room: string): Hold {
    const hold: Hold = { frames: [], size: 0 }
    const holds = this.#holds.get(room) ?? new Map<Connection<Data, Events>, Hold>()
    this.#holds.set(room, holds.set(connection, hold))
    return hold
  }

  #release(connection: Connection<Data, Events>, room: string): void {
    const holds = this.#holds.get(room)
    if (holds?.delete(connection) && holds.size === 0) this.#holds.delete(room)
  }

  #check(connection: Connection<Data, Events>, room: string): Log {
    if (!connection.in(room)) {
      throw new HubError('not_in_room', `The connection is not in the room ${quote(room)}.`, { status: 403 })
    }
    const log = this.#host.logOf(room)
    if (!log) throw new HubError('no_history', `The room ${quote(room)} has no history.`, { status: 404 })
    if (!this.#holds.get(room)?.has(connection)) return log
    throw new HubError('recovering', 'The connection recovers in this room already.', { status: 409 })
  }

  async #read(log: Log, { from }: RecoverRequest): Promise<Replay> {
    try {
      await log.ready
      return await log.read(from)
    } catch (cause) {
      throw new HubError('unavailable', 'The history can not be read at the moment.', { status: 503, cause })
    }
  }

  /** Sends what was said before the connection was a member. @returns why nothing was sent */
  #replay(
    connection: Connection<Data, Events>,
    { from, room, was }: RecoverRequest,
    { replay, log, hold }: { readonly replay: Replay; readonly log: Log; readonly hold: Hold },
  ): Lost | undefined {
    if (replay.lost) return replay.lost
    const joined = this.#joined.get(room)?.get(connection) ?? log.begun?.offset ?? Infinity
    const { epoch } = replay.position
    const texts = replay.entries.flatMap(({ offset, bytes }) => {
      const parcel = offset <= joined ? unpack(bytes) : undefined
      if (!parcel || parcel.address.except.has(was) || isExcepted(connection, parcel.address)) return []
      return [textOf(parcel, { offset, epoch })]
    })
    const frames = this.#fitting(texts, connection.bufferedAmount + hold.size)
    if (frames.length < texts.length && typeof from !== 'number') return 'too_far'
    for (const frame of frames) connection.endpoint.deliver(frame)
    return undefined
  }

  /** The last messages for which there is room. */
  #fitting(texts: readonly string[], taken: number): Frame[] {
    const frames: Frame[] = []
    let size = taken
    for (const text of texts.toReversed()) {
      const frame = this.#host.frame(text)
      size += frame.bytes(false).length
      if (size > this.#host.maxBufferedBytes) break
      frames.unshift(frame)
    }
    return frames
  }
}

/** Up to where everything was sent: where the log stands, which may still be in an epoch with more behind it. */
function standing(log: Position | undefined, store: Position): number {
  if (!log) return store.offset
  return log.epoch === store.epoch ? log.offset : Math.min(log.offset, store.offset)
}

function keep(hold: Hold, frame: Frame): void {
  hold.frames.push(frame)
  hold.size += frame.bytes(false).length
}

/** A kept event as its clients get it. */
export function textOf({ event }: Parcel, position: Position | undefined): string {
  const place = position ? `,"offset":${position.offset},"epoch":${encode(position.epoch)}}` : '}'
  return `${event?.toString() ?? '{'}${place}`
}
