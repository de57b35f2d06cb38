import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import type { Member } from '../rooms/member.js'
import { HubError, quote } from '../errors.js'
import { within } from '../util/timers.js'
import type { Frame } from '../broadcast/frame.js'
import { encodeEnvelope } from '../protocol/codec.js'
import { textOf } from './event-text.js'
import { isLater, plainPosition } from './position.js'
import type { Recovered, RecoveryOutcome } from './recovery-outcome.js'
import { type HeldDelivery, RecoveryHold } from './recovery-hold.js'
import { unavailable } from './unavailable.js'
import type { RecoverRequest } from './recover-request.js'
import { isExcepted } from '../rooms/address.js'
import type { RoomStream } from './room-stream.js'
import type { GapReason } from './room-stream-host.js'
import type { StreamPlace } from './stream-place.js'
import { type MissedMessage, type SharedReplay, SharedReplays } from './shared-replays.js'

/** How long a recovery may wait for its room to catch up with the store, ms. */
const CATCH_UP_MS = 5000
/** How often the store is read because the room went on meanwhile. */
const MAX_READS_PER_RECOVERY = 3

/** What recovery needs of its hub. */
export interface RecoveryHost<Connection extends Member> {
  placeOf(room: string): StreamPlace | undefined
  streamOf(room: string): RoomStream | undefined
  members(message: ClusterMessage): Iterable<Connection>
  frame(text: string): Frame
  /** A client got messages that the store keeps: it must not get them again without a position. */
  recovered(messages: readonly MissedMessage[]): void
  /** Bytes that may wait for one connection. */
  readonly maxBufferedBytes: number
}

interface Recovering<Connection extends Member> {
  readonly connection: Connection
  readonly request: RecoverRequest
  readonly stream: RoomStream
  readonly place: StreamPlace
  readonly hold: RecoveryHold
}

/** Delivers messages of rooms with history to their members, and missed messages to members that recover. */
export class Recovery<Connection extends Member> {
  readonly #host: RecoveryHost<Connection>
  readonly #replays: SharedReplays
  readonly #holds = new Map<string, Map<Connection, RecoveryHold>>()

  constructor(host: RecoveryHost<Connection>) {
    this.#host = host
    this.#replays = new SharedReplays({ frame: (text) => host.frame(text), maxBytes: host.maxBufferedBytes })
  }

  /** A connection has become a member of a room. */
  joined(connection: Connection, room: string): void {
    this.#host.streamOf(room)?.deliveries.join(connection)
  }

  /** A connection has left a room or has closed. */
  left(connection: Connection, room: string): void {
    this.#host.streamOf(room)?.deliveries.leave(connection)
    this.#holds.get(room)?.get(connection)?.leave()
    this.#release(connection, room)
  }

  /** Delivers a message to this server's members or to some of them. A member that recovers gets it afterwards. */
  deliver(message: ClusterMessage, position: Position | undefined, isMeant?: (member: object) => boolean): void {
    const { id, address } = message
    const frame = this.#host.frame(textOf(message, position))
    const [room = ''] = address.names
    for (const connection of this.#host.members(message)) {
      if (!isMeant || isMeant(connection)) this.hand(connection, room, { id, frame, position })
    }
  }

  /** What is held back of connections that recover in a room; `undefined` if none does. */
  holdsIn(room: string): ReadonlyMap<Connection, RecoveryHold> | undefined {
    return this.#holds.get(room)
  }

  /** Hands a connection something that was said to a room. */
  hand(connection: Connection, room: string, said: HeldDelivery): void {
    const hold = this.#holds.size === 0 ? undefined : this.#holds.get(room)?.get(connection)
    if (hold) hold.push(said)
    else connection.core.deliver(said.frame)
  }

  /** Sends members of a room a gap: the reason, and the position from which messages continue. */
  gap(
    room: string,
    { members, reason, position }: { members: Iterable<Connection>; reason: GapReason; position: Position },
  ): void {
    const { offset, epoch, tag } = position
    const frame = this.#host.frame(encodeEnvelope('hub:gap', { room, reason, offset, epoch, tag }))
    for (const connection of members) this.hand(connection, room, { frame, position, isGap: true })
  }

  /**
   * Sends a connection its missed messages, the answer, then the held frames. Never rejects: it fails with a HubError
   * `not_in_room`, `no_history`, `recovering`, `unavailable` or `left`.
   */
  async recover(
    connection: Connection,
    request: RecoverRequest,
    { until, answer, failed }: RecoveryOutcome,
  ): Promise<void> {
    const { room } = request
    let hold: RecoveryHold | undefined
    try {
      const found = this.#check(connection, room)
      hold = this.#hold(connection, room, found.stream)
      const recovering = { ...found, connection, request, hold }
      const replay = await Promise.race([this.#replay(recovering, until), hold.ended])
      hold.assertOpen()
      answer({ ...this.#send(recovering, replay), connection: connection.id })
    } catch (error) {
      failed(error)
    } finally {
      if (hold && this.#holds.get(room)?.get(connection) === hold) this.#release(connection, room)
      for (const frame of hold?.takeAll() ?? []) connection.core.deliver(frame)
    }
  }

  #hold(connection: Connection, room: string, stream: RoomStream): RecoveryHold {
    const hold = new RecoveryHold(stream, this.#host.maxBufferedBytes)
    const holds = this.#holds.get(room) ?? new Map<Connection, RecoveryHold>()
    this.#holds.set(room, holds.set(connection, hold))
    return hold
  }

  #release(connection: Connection, room: string): void {
    const holds = this.#holds.get(room)
    if (holds?.delete(connection) && holds.size === 0) this.#holds.delete(room)
  }

  #check(connection: Connection, room: string): { stream: RoomStream; place: StreamPlace } {
    if (!connection.in(room)) {
      throw new HubError('not_in_room', `The connection is not in the room ${quote(room)}.`, { status: 403 })
    }
    const [stream, place] = [this.#host.streamOf(room), this.#host.placeOf(room)]
    if (!stream || !place) throw new HubError('no_history', `The room ${quote(room)} has no history.`, { status: 404 })
    if (!this.#holds.get(room)?.has(connection)) return { stream, place }
    throw new HubError('recovering', 'The connection recovers in this room already.', { status: 409 })
  }

  /** Reads the store and lets the room catch up with it. The connection gets every message after that position. */
  async #replay(
    { stream, place, request, hold }: Recovering<Connection>,
    until: Promise<void> | undefined,
  ): Promise<SharedReplay> {
    await Promise.all([stream.ready, until])
    for (let reads = 0; reads < MAX_READS_PER_RECOVERY; reads += 1) {
      if (!stream.trusted) throw unavailable()
      const replay = await this.#read(place, request, reads > 0)
      stream.found(replay.messages)
      await within(CATCH_UP_MS, stream.reach(replay.position), unavailable)
      if (!stream.trusted) throw unavailable()
      if (isWhole(replay, stream.last, hold)) return replay
    }
    throw unavailable()
  }

  async #read(place: StreamPlace, { from }: RecoverRequest, fresh: boolean): Promise<SharedReplay> {
    try {
      return await this.#replays.read(place, from, fresh)
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  /** Sends all missed messages, or none and the reason. */
  #send(recovering: Recovering<Connection>, replay: SharedReplay): Omit<Recovered, 'connection'> {
    const { connection, request, stream, hold } = recovering
    const missed = replay.messages.filter((message) => isMissed(recovering, message))
    const frames = missed.map(({ frame }) => frame)
    const fitting = fittingOf(frames, this.#host.maxBufferedBytes - connection.bufferedAmount - hold.size)
    const reason = gapReasonOf(recovering, { ...replay, messages: missed }, fitting.length < frames.length)
    if (reason) {
      const { frames: before, position } = hold.takeToLastGap()
      for (const frame of before) connection.core.deliver(frame)
      return { recovered: false, reason, ...plainPosition(position) }
    }
    const sent = missed.slice(missed.length - fitting.length)
    const isNewcomer = typeof request.from === 'number'
    const wasTold = stream.deliveries.hasShown(connection, hold.since)
    const before = hold.takeBefore({ missed: sent, position: replay.position, isNewcomer, wasTold })
    for (const frame of before) connection.core.deliver(frame)
    for (const { frame } of sent) connection.core.deliver(frame)
    this.#host.recovered(sent)
    return { recovered: true, ...plainPosition(replay.position) }
  }
}

function gapReasonOf<Connection extends Member>(
  { request }: Recovering<Connection>,
  { lost, messages }: SharedReplay,
  isTooMuch: boolean,
): GapReason | undefined {
  if (request.unverifiable) return 'epoch'
  if (lost) return lost
  if (messages.some(({ message }) => !message)) return 'unreadable'
  return isTooMuch && typeof request.from !== 'number' ? 'too_far' : undefined
}

/** Whether a message is meant for a connection and was not sent to it before it asked. */
function isMissed<Connection extends Member>(
  { connection, request, stream, hold }: Recovering<Connection>,
  { id, position, message }: MissedMessage,
): boolean {
  const { deliveries } = stream
  const span = { since: deliveries.markOf(connection), until: hold.since }
  if (deliveries.includes({ id, position }, span)) return false
  if (message && isExcepted(connection, message.address)) return false
  const { except, exceptUsers } = message?.address ?? {}
  if (except?.has(request.was)) return false
  // The request names no former connection. The message excepts one connection of this user, so it is not sent.
  const isNewcomer = typeof request.from === 'number' || request.was === ''
  return !(isNewcomer && connection.user !== undefined && exceptUsers?.has(connection.user))
}

/** Whether the read, the deliveries of the room and the held frames together are complete. */
function isWhole({ position }: SharedReplay, last: Position | undefined, { stood }: RecoveryHold): boolean {
  return last?.epoch === position.epoch && last.offset >= position.offset && !isLater(stood, position)
}

/** The last frames that fit into so many bytes. */
function fittingOf(frames: readonly Frame[], room: number): readonly Frame[] {
  let left = room
  const first = frames.findLastIndex((frame) => (left -= frame.bytes(false).length) < 0)
  return frames.slice(first + 1)
}
