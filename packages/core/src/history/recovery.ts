import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import type { Member } from '../rooms/member.js'
import { HubError, quote } from '../errors.js'
import { within } from '../util/timers.js'
import type { Frame } from '../broadcast/frame.js'
import { encodeHubEvent, type GapReason, type Recovered } from '../protocol/index.js'
import { textOf } from './event-text.js'
import { isLater, plainPosition } from './position.js'
import { fittingOf, isMissed, gapReasonOf, type Recovering } from './missed-messages.js'
import type { RecoveryOutcome } from './recovery-outcome.js'
import { DuplicateHold } from './duplicate-hold.js'
import { type HeldDelivery, type MemberHold, MemberHolds } from './member-holds.js'
import { RecoveryHold } from './recovery-hold.js'
import { unavailable } from './history-errors.js'
import type { RecoverRequest } from './recover-request.js'
import type { RoomStream } from './room-stream.js'
import type { StreamPlace } from './stream-place.js'
import { type MissedMessage, type SharedReplay, SharedReplays } from './shared-replays.js'

/** How long a recovery may wait for its room to catch up with the store, ms. */
const CATCH_UP_MS = 5000
/** The most reads of the store in one recovery. It reads again if the room has moved on meanwhile. */
const MAX_READS = 3

/** What recovery needs of its hub. */
export interface RecoveryHost<Connection extends Member> {
  placeOf(room: string): StreamPlace | undefined
  streamOf(room: string): RoomStream | undefined
  members(message: ClusterMessage): Iterable<Connection>
  frame(text: string): Frame
  /** A client got messages that the store keeps: it must not get them again without a position. */
  recovered(messages: readonly MissedMessage[]): void
  /** The most bytes that may wait for one connection. */
  readonly maxBufferedBytes: number
}

/** Delivers messages of rooms with history to their members, and missed messages to members that recover. */
export class Recovery<Connection extends Member> {
  readonly #host: RecoveryHost<Connection>
  readonly #replays: SharedReplays
  readonly #holds = new MemberHolds<Connection, RecoveryHold | DuplicateHold>()

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
    this.#holds.of(connection, room)?.leave()
    this.#holds.delete(connection, room)
  }

  /** Delivers a message to this server's members or to some of them. A member that recovers gets it afterwards. */
  deliver(message: ClusterMessage, position: Position | undefined, isMeant?: (member: object) => boolean): void {
    const { id, address } = message
    const frame = this.#host.frame(textOf(message, position))
    const [room = ''] = address.names
    for (const connection of this.#host.members(message)) {
      if (!isMeant || isMeant(connection)) this.hand(connection, room, { id, frame, position })
    }
    this.#holds.reached(room, position)
  }

  /** The holds of a room, by member; `undefined` if there are none. */
  holdsIn(room: string): ReadonlyMap<Connection, MemberHold> | undefined {
    return this.#holds.inRoom(room)
  }

  /** Sends a frame of a room to a connection, or gives it to the hold of that connection. */
  hand(connection: Connection, room: string, said: HeldDelivery): void {
    const hold = this.#holds.of(connection, room)
    if (hold) hold.push(said)
    else connection.core.deliver(said.frame)
  }

  /** Sends members of a room a gap: the reason, and the position from which messages continue. */
  gap(
    room: string,
    { members, reason, position }: { members: Iterable<Connection>; reason: GapReason; position: Position },
  ): void {
    const { offset, epoch, tag } = position
    const frame = this.#host.frame(encodeHubEvent('hub:gap', { room, reason, offset, epoch, tag }))
    for (const connection of members) this.hand(connection, room, { frame, position, isGap: true })
    this.#holds.reached(room, position)
  }

  /**
   * Sends a connection its missed messages, the answer, then the held frames. Never rejects: `failed` gets a HubError
   * `not_in_room`, `no_history`, `recovering`, `unavailable` or `left`.
   */
  async recover(
    connection: Connection,
    request: RecoverRequest,
    { until, answer, failed }: RecoveryOutcome,
  ): Promise<void> {
    let recovering: Recovering<Connection> | undefined
    try {
      recovering = this.#begin(connection, request)
      const { hold } = recovering
      const replay = await Promise.race([this.#replay(recovering, until), hold.ended])
      hold.assertOpen()
      answer({ ...this.#send(recovering, replay), connection: connection.id })
      this.#release(recovering)
    } catch (error) {
      failed(error)
      if (recovering) this.#filter(recovering)
    }
  }

  #begin(connection: Connection, request: RecoverRequest): Recovering<Connection> {
    const { room } = request
    const found = this.#check(connection, room)
    const before = this.#holds.of(connection, room)
    const kept = before instanceof DuplicateHold ? before.take() : undefined
    const hold = new RecoveryHold(request.from, found.stream, { limit: this.#host.maxBufferedBytes, kept })
    this.#holds.set(connection, room, hold)
    return { ...found, connection, request, hold }
  }

  /** Ends the hold and sends the frames that are still held. */
  #release({ connection, request, hold }: Recovering<Connection>): void {
    if (this.#holds.of(connection, request.room) !== hold) return
    this.#holds.delete(connection, request.room)
    for (const { frame } of hold.takeAll().frames) connection.core.deliver(frame)
  }

  /** The recovery has failed: sends the held frames, and goes on holding those that the client may have already. */
  #filter(recovering: Recovering<Connection>): void {
    const { connection, request, stream, hold } = recovering
    const { room, from } = request
    if (typeof from === 'number') return this.#release(recovering)
    if (this.#holds.of(connection, room) !== hold) return
    const kept = hold.takeAll()
    const host = {
      member: connection,
      deliveries: stream.deliveries,
      limit: this.#host.maxBufferedBytes,
      send: ({ frame }: HeldDelivery) => connection.core.deliver(frame),
      over: () => this.#holds.delete(connection, room),
    }
    const filter = new DuplicateHold(host, from, kept)
    this.#holds.set(connection, room, filter)
    filter.start(kept)
  }

  #check(connection: Connection, room: string): { stream: RoomStream; place: StreamPlace } {
    if (!connection.in(room)) {
      throw new HubError('not_in_room', `The connection is not in the room ${quote(room)}.`)
    }
    const [stream, place] = [this.#host.streamOf(room), this.#host.placeOf(room)]
    if (!stream || !place) throw new HubError('no_history', `The room ${quote(room)} has no history.`)
    if (!(this.#holds.of(connection, room) instanceof RecoveryHold)) return { stream, place }
    throw new HubError('recovering', 'The connection recovers in this room already.')
  }

  /** Reads the store and waits until the room has reached the position of the answer. The hold has all later messages. */
  async #replay(
    { stream, place, request, hold }: Recovering<Connection>,
    until: Promise<void> | undefined,
  ): Promise<SharedReplay> {
    await Promise.all([stream.ready, until])
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      if (!stream.trusted) throw unavailable()
      const replay = await this.#read(place, request, reads > 0)
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

  /** Sends all missed messages, or none. @returns the answer, with the reason if there is one */
  #send(recovering: Recovering<Connection>, replay: SharedReplay): Omit<Recovered, 'connection'> {
    const { connection, request, stream, hold } = recovering
    const missed = replay.messages.filter((message) => isMissed(recovering, message))
    const frames = missed.map(({ frame }) => frame)
    const fitting = fittingOf(frames, this.#host.maxBufferedBytes - connection.bufferedAmount - hold.size)
    const reason = gapReasonOf(request, { ...replay, messages: missed }, fitting.length < frames.length)
    // The client has the held messages up to its position, and does not get them again.
    if (typeof request.from !== 'number' && (reason ? hold.isKnown : hold.size > 0))
      stream.deliveries.omit(connection, { since: hold.since, upTo: request.from })
    if (reason) {
      const { frames: before, position } = hold.takeToLastGap()
      for (const frame of before) connection.core.deliver(frame)
      return { recovered: false, reason, ...plainPosition(position) }
    }
    const sent = missed.slice(missed.length - fitting.length)
    const isNewcomer = typeof request.from === 'number'
    const gotFrame = stream.deliveries.hasShown(connection, hold.since)
    const before = hold.takeBefore({ missed: sent, position: replay.position, isNewcomer, gotFrame })
    for (const frame of before) connection.core.deliver(frame)
    for (const { frame } of sent) connection.core.deliver(frame)
    this.#host.recovered(sent)
    return { recovered: true, ...plainPosition(replay.position) }
  }
}

/** Whether the read, the deliveries of the room and the held frames together are complete. */
function isWhole({ position }: SharedReplay, last: Position | undefined, { stood }: RecoveryHold): boolean {
  return last?.epoch === position.epoch && last.offset >= position.offset && !isLater(stood, position)
}
