import type { Address } from '../rooms/address.js'
import type { LinkPosition, Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import { RecentIds } from '../cluster/recent-ids.js'
import { failureKind, OncePerOutage } from '../util/once-per-outage.js'
import { type Deadline, every } from '../util/timers.js'
import { withRoom } from './event-text.js'
import { HeadChecks } from './head-checks.js'
import { PendingAppends } from './pending-appends.js'
import { isValid } from './position.js'
import { ReadLimiter } from './read-limiter.js'
import { RoomStream } from './room-stream.js'
import type { MembersHost, RoomStreamHost } from './room-stream-host.js'
import type { StreamPlace } from './stream-place.js'
import type { Unkept } from './stream-machine/state.js'
import type { StreamsHost } from './streams-host.js'
import { notKept } from './history-errors.js'
import { UnkeptIds } from './unkept-ids.js'

/** How often rooms that wait for the store try again, ms. */
const TICK_MS = 500
/** The most rooms that try again in one tick. */
const MAX_TICKS = 256
/** The most reads that run at once, for rooms that catch up. */
const MAX_READS_AT_ONCE = 32

/**
 * The rooms with history that have members or pending messages on this server. A room without either has no object
 * here.
 */
export class Streams {
  readonly #host: StreamsHost
  readonly #rooms = new Map<string, RoomStream>()
  /** The streams that need the next tick. */
  readonly #waiting = new Set<RoomStream>()
  readonly #reads = new ReadLimiter(MAX_READS_AT_ONCE)
  readonly #checks: HeadChecks | undefined
  readonly #streamHost: RoomStreamHost<RoomStream>
  readonly #outage = new OncePerOutage()
  readonly #unkept = new UnkeptIds()
  readonly #appends = new PendingAppends()
  /** The messages that recoveries sent to clients: the store keeps them. */
  readonly #recovered = new RecentIds()
  #timer: Deadline | undefined
  #count = 0
  #closed = false

  constructor(host: StreamsHost) {
    this.#host = host
    this.#streamHost = this.#newHost()
    const { history } = host
    const again = (): void => this.#check()
    if (history) this.#checks = new HeadChecks({ history, again, failed: (error) => this.#failed(error) })
  }

  /** The number of rooms that take memory here. */
  get size(): number {
    return this.#rooms.size
  }

  /** The place of a room's history; `undefined` if the room has none. */
  placeOf(room: string): StreamPlace | undefined {
    const { history, bus, configs } = this.#host
    const options = configs.of(room).history
    if (!options || !history) return undefined
    const { window, unkept } = options
    return { history, topic: bus.topic('room', room), window, unkept }
  }

  /** The stream of a room; `undefined` if the room takes no memory here. */
  existing(room: string): RoomStream | undefined {
    return this.#rooms.get(room)
  }

  /** The stream of an address with exactly one room, if messages may be waiting for their turn there. */
  busy({ scope, names }: Address): RoomStream | undefined {
    if (this.#rooms.size === 0 || scope !== 'room' || names.length !== 1) return undefined
    return this.#rooms.get(names[0] ?? '')
  }

  /** The first member has joined a room. @returns `undefined` if the room has no history */
  start(room: string): Promise<void> | undefined {
    const known = this.#rooms.get(room)
    if (known?.active) return known.ready
    const place = known ? undefined : this.placeOf(room)
    const stream = known ?? (place && this.#open(room, place))
    if (!stream) return undefined
    const { bus } = this.#host
    stream.checkedAt = stream.activeAt = performance.now()
    const subscribed = bus.listen('room', room)
    return stream.start(bus.alone ? undefined : subscribed)
  }

  /** The last member of a room has left. */
  stop(room: string): void {
    this.#rooms.get(room)?.stop()
  }

  /** A room has no history any more. */
  remove(room: string): void {
    this.#rooms.get(room)?.remove()
    this.#rooms.delete(room)
  }

  /** Keeps an event of a room and delivers it at its position in the stream. @param text the event as JSON */
  record(place: StreamPlace, address: Address, text: string): void {
    this.#emit(place, this.#messageOf(address, text))
  }

  /** Does what `record` does. @returns the position once the message is kept @throws HubError (as a rejection) `unavailable`, `unknown` */
  append(place: StreamPlace, address: Address, text: string): Promise<Position> {
    const message = this.#messageOf(address, text)
    const kept = this.#appends.wait(message.id)
    this.#emit(place, message, 'reject')
    return kept
  }

  #messageOf(address: Address, text: string): ClusterMessage & { readonly id: string } {
    const [room = ''] = address.names
    this.#count += 1
    const event = Buffer.from(withRoom(text, room).slice(0, -1))
    return { id: `${this.#host.bus.server}:${this.#count}`, address, event }
  }

  #emit(place: StreamPlace, message: ClusterMessage, unkept?: Unkept): void {
    const [room = ''] = message.address.names
    // The room may have had members before it was given a history.
    if (!this.#rooms.get(room)?.active && this.#host.members.isOccupied(room)) void this.start(room)
    const stream = this.#rooms.get(room) ?? this.#open(room, place)
    stream.emit(message, unkept)
  }

  /** A message arrived over the link. @param message `undefined` if this server can't read its bytes */
  linked(room: string, link: LinkPosition, message: ClusterMessage | undefined): void {
    if (isValid(link)) this.#rooms.get(room)?.linked(message, link)
  }

  /** Another server delivered a message without knowing whether the store kept it. */
  received(message: ClusterMessage): void {
    const { address, id } = message
    // The store keeps it: members that have not reached it get it at its position in the stream.
    if (this.#recovered.remember(id)) return
    const { members } = this.#host
    const stream = this.busy(address)
    if (!stream) return members.deliverEvent(message)
    const deliverUnkept: MembersHost['deliverUnkept'] = (one, isMeant) => members.deliverEvent(one, undefined, isMeant)
    stream.deliveries.deliverUnkept(message, { deliverUnkept })
  }

  /** Clients were sent messages that the store keeps. */
  recovered(messages: readonly { readonly id: string | undefined }[]): void {
    for (const { id } of messages) this.#recovered.remember(id)
  }

  /** A new epoch of a room's history began. */
  announced(room: string, position: Position): void {
    if (isValid(position)) this.#rooms.get(room)?.announced(position)
  }

  /** The link is lost or restored: the store must confirm the position of every room. */
  linkChanged(): void {
    for (const stream of this.#rooms.values()) {
      stream.checkedAt = 0
      stream.linkChanged()
    }
    this.#check()
  }

  /** The link is restored: a later failure is another outage. */
  restored(): void {
    this.#outage.over()
    this.linkChanged()
  }

  /** Stops all requests to the store. */
  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#reads.clear()
  }

  #open(room: string, place: StreamPlace): RoomStream {
    const stream = new RoomStream(room, this.#streamHost, place)
    this.#rooms.set(room, stream)
    return stream
  }

  #changed(room: string, stream: RoomStream): void {
    if (stream.idle) {
      this.#waiting.delete(stream)
      if (this.#rooms.get(room) === stream) this.#rooms.delete(room)
    } else if (stream.needsTick) this.#waiting.add(stream)
    else this.#waiting.delete(stream)
    if (this.#rooms.size > 0 && !this.#closed) this.#timer ??= every(TICK_MS, () => this.#tick())
  }

  #tick(): void {
    if (this.#rooms.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    for (const stream of [...this.#waiting].slice(0, MAX_TICKS)) {
      // Moves to the end, so that each stream gets its turn.
      this.#waiting.delete(stream)
      this.#waiting.add(stream)
      stream.tick()
    }
    this.#check()
  }

  #check(): void {
    // A store inside this process can't be ahead of this server.
    if (!this.#host.bus.alone && !this.#closed) this.#checks?.run(this.#rooms.values())
  }

  #failed(error: unknown): void {
    if (this.#closed) return
    if (this.#outage.isOver) this.#unkept.forget()
    if (this.#outage.isFirst(failureKind(error))) this.#host.members.failed(error)
  }

  #newHost(): RoomStreamHost<RoomStream> {
    const { bus, members } = this.#host
    return {
      appends: this.#appends,
      unkept: this.#unkept,
      deliver: (message, position, isMeant) => {
        // Another server may send it again without a position.
        const wasSeen = bus.seen(message.id)
        if (bus.alone || isMeant || !wasSeen) members.deliverEvent(message, position, isMeant)
      },
      deliverUnkept: ({ id, address, event }, isMeant) => {
        bus.seen(id)
        members.deliverEvent({ id, address, ...(event && { event }) }, undefined, isMeant)
        bus.send(() => ({ ...(id !== undefined && { id }), address, ...(event && { event }) }))
      },
      gap: (room, reason, position) => members.gap(room, reason, position),
      refused: (room) => {
        members.refused()
        this.#failed(notKept(room))
      },
      limited: (read) => this.#reads.run(read),
      changed: (room, stream) => this.#changed(room, stream),
      failed: (error) => this.#failed(error),
      worked: () => this.#outage.over(),
    }
  }
}
