import type { Address } from '../rooms/audience.js'
import type { BrokerHistory, LinkPosition, Position } from '../broker/broker-history.js'
import type { Courier } from '../broker/courier.js'
import type { Parcel } from '../broker/parcel.js'
import { HubError, quote } from '../errors.js'
import { type Deadline, every } from '../limits.js'
import type { RoomPlans } from '../rooms/plans.js'
import { withRoom } from './event-text.js'
import { HeadChecks } from './head-checks.js'
import { isValid } from './position.js'
import { ReadLimiter } from './read-limiter.js'
import { RoomStream } from './room-stream.js'
import type { GapReason, RoomStreamHost } from './room-stream-host.js'
import type { StreamPlace } from './stream-place.js'

/** How often rooms that wait for the store try again, ms. */
const TICK_MS = 500
/** Rooms that try again in one tick. */
const MAX_TICKS = 256
/**
 * Messages of an outage that are remembered as delivered without being kept. What the store may still have been told is
 * what was on its way when it began: the first ones.
 */
const MAX_UNKEPT = 20_000
/** Reads of rooms that catch up, at once. */
const MAX_READS = 32

/** Whom streams deliver to. */
export interface StreamReaders {
  /** Hands a message to this server's members, with its position, or without if it could not be kept. */
  deliverEvent(parcel: Parcel, position?: Position): void
  /** This server's members of a room have missed something and go on from a position. */
  gap(room: string, reason: GapReason, position: Position): void
  /** Whether a room has members on this server. */
  isOccupied(room: string): boolean
  /** A message was not kept, and is not delivered either. */
  refused(): void
  failed(error: unknown): void
}

/** What the streams of a hub need. */
export interface StreamsHost {
  readonly courier: Courier
  readonly history: BrokerHistory | undefined
  readonly plans: RoomPlans
  readonly members: StreamReaders
}

/**
 * The rooms with history that have members on this server, or whose messages are under way. A room nobody is in has no
 * object here.
 */
export class Streams {
  readonly #host: StreamsHost
  readonly #rooms = new Map<string, RoomStream>()
  /** Those that the next tick has something to do for. */
  readonly #waiting = new Set<RoomStream>()
  readonly #reads = new ReadLimiter(MAX_READS)
  readonly #checks: HeadChecks | undefined
  readonly #streamHost: RoomStreamHost<RoomStream>
  readonly #failing = new Set<string>()
  readonly #unkept = new Set<string>()
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

  /** Rooms that take memory here. */
  get size(): number {
    return this.#rooms.size
  }

  /** Where the history of a room is kept; `undefined` if it has none. */
  placeOf(room: string): StreamPlace | undefined {
    const { history, courier, plans } = this.#host
    const options = plans.of(room).history
    if (!options || !history) return undefined
    const { window, unkept } = options
    return { history, topic: courier.topic('room', room), window, unkept }
  }

  /** The stream of a room that takes memory here. */
  existing(room: string): RoomStream | undefined {
    return this.#rooms.get(room)
  }

  /** The stream of the one room that an address means, if messages may be waiting for their turn there. */
  busy({ scope, names }: Address): RoomStream | undefined {
    if (this.#rooms.size === 0 || scope !== 'room' || names.length !== 1) return undefined
    return this.#rooms.get(names[0] ?? '')
  }

  /** The first member of a room has come. @returns `undefined` if the room has no history */
  start(room: string): Promise<void> | undefined {
    const known = this.#rooms.get(room)
    if (known?.active) return known.ready
    const place = known ? undefined : this.placeOf(room)
    const stream = known ?? (place && this.#open(room, place))
    if (!stream) return undefined
    const { courier } = this.#host
    stream.checkedAt = stream.activeAt = performance.now()
    const subscribed = courier.listen('room', room)
    return stream.start(courier.alone ? undefined : subscribed)
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

  /** Keeps an event of a room and delivers it where the stream has it. @param text the event as JSON */
  record(place: StreamPlace, address: Address, text: string): void {
    const { courier, members } = this.#host
    const [room = ''] = address.names
    this.#count += 1
    const event = Buffer.from(withRoom(text, room).slice(0, -1))
    const parcel: Parcel = { id: `${courier.server}:${this.#count}`, address, event }
    // The room had members before it was given a history.
    if (!this.#rooms.get(room)?.active && members.isOccupied(room)) void this.start(room)
    const stream = this.#rooms.get(room) ?? this.#open(room, place)
    stream.emit(parcel)
  }

  /** The link has brought a message. @param parcel `undefined`: bytes that this server can't read */
  linked(room: string, link: LinkPosition, parcel: Parcel | undefined): void {
    if (isValid(link)) this.#rooms.get(room)?.linked(parcel, link)
  }

  /** A new epoch of a room's history began. */
  announced(room: string, position: Position): void {
    if (isValid(position)) this.#rooms.get(room)?.announced(position)
  }

  /** The link is lost, or has come back: where every room stands is to be confirmed. */
  linkLost(): void {
    for (const stream of this.#rooms.values()) {
      stream.checkedAt = 0
      stream.linkLost()
    }
    this.#check()
  }

  /** The link is back: what fails from now on is another outage. */
  restored(): void {
    this.#failing.clear()
    this.linkLost()
  }

  /** Asks the store no more. */
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
      // Behind the others: each gets its turn.
      this.#waiting.delete(stream)
      this.#waiting.add(stream)
      stream.tick()
    }
    this.#check()
  }

  #check(): void {
    // A store inside this process can't be ahead of anybody.
    if (!this.#host.courier.alone && !this.#closed) this.#checks?.run(this.#rooms.values())
  }

  // One outage is one failure of each kind, however many rooms and messages it costs.
  #failed(error: unknown): void {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    const kind = String(code ?? message ?? error)
    if (this.#closed || this.#failing.has(kind)) return
    if (this.#failing.size === 0) this.#unkept.clear()
    this.#failing.add(kind)
    this.#host.members.failed(error)
  }

  /** Whether a message was delivered before; from now on it was. */
  #wasShown(id: string | undefined): boolean {
    return this.#host.courier.seen(id) || this.#unkept.has(id ?? '')
  }

  #newHost(): RoomStreamHost<RoomStream> {
    const { courier, members } = this.#host
    return {
      deliver: (parcel, position) => {
        if (courier.alone || !this.#wasShown(parcel.id)) members.deliverEvent(parcel, position)
      },
      deliverUnkept: ({ id, address, event }) => {
        if (courier.seen(id)) return
        members.deliverEvent({ id, address, ...(event && { event }) })
        if (id !== undefined && this.#unkept.size < MAX_UNKEPT) this.#unkept.add(id)
        courier.send(() => ({ ...(id !== undefined && { id }), address, ...(event && { event }) }))
      },
      gap: (room, reason, position) => members.gap(room, reason, position),
      refused: (room) => {
        members.refused()
        this.#failed(notKept(room))
      },
      limited: (read) => this.#reads.run(read),
      changed: (room, stream) => this.#changed(room, stream),
      failed: (error) => this.#failed(error),
      worked: () => this.#failing.clear(),
    }
  }
}

function notKept(room: string): HubError {
  return new HubError('not_kept', `A message to the room ${quote(room)} could not be kept and was not delivered.`, {
    status: 503,
  })
}
