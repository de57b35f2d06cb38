import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import * as log from './delivery-log.js'
import type { MembersHost } from './room-stream-host.js'
import type { UnkeptIds } from './unkept-ids.js'

/** The known properties of a message that may have been delivered. */
export interface Shown {
  readonly id: string | undefined
  readonly position: Pick<Position, 'epoch' | 'offset'>
}

/** A message of a room. */
export interface Emitted extends ClusterMessage {
  /** Its number among the messages that this server emitted to the room. */
  readonly emission?: number
}

/** The deliveries of this server in a room since its first member joined, and the moment of each member's join. */
export class Deliveries {
  /** The position before the first delivery; `undefined` until the members have a position in the stream. */
  begun: Position | undefined
  readonly #unkept: UnkeptIds
  readonly #log: log.DeliveryLog
  #first: log.DeliveryMark
  #mark: log.DeliveryMark
  #joined: Map<object, log.DeliveryMark> | undefined
  #omitted: Map<object, readonly log.Omission[]> | undefined

  /** @param before the deliveries to the earlier members, who have left */
  constructor(unkept: UnkeptIds, before?: Deliveries) {
    this.#unkept = unkept
    this.#log = log.newDeliveryLog({ unkept: unkept.count, emitted: before?.mark.emitted ?? 0 })
    this.#first = this.#mark = log.markOf(this.#log)
  }

  /** The current moment. All callers between two messages share one object. */
  get mark(): log.DeliveryMark {
    const now = log.markOf(this.#log)
    if (!log.isQuiet({ since: this.#mark, until: now }) || this.#mark.emitted !== now.emitted) this.#mark = now
    return this.#mark
  }

  /** The position of the room after the last delivery or gap; `undefined` until the members have one in the stream. */
  get position(): Position | undefined {
    return log.reachedPosition(this.#log)
  }

  /** A connection has become a member. */
  join(member: object): void {
    if (this.mark === this.#first) return
    this.#joined ??= new Map()
    this.#joined.set(member, this.mark)
  }

  leave(member: object): void {
    this.#joined?.delete(member)
    this.#omitted?.delete(member)
  }

  /** The moment at which a member joined. */
  markOf(member: object): log.DeliveryMark {
    return this.#joined?.get(member) ?? this.#first
  }

  /** The members have a position in the stream. */
  begin(position: Position): void {
    const isFresh = this.mark === this.#first
    this.begun ??= position
    log.beginLog(this.#log, position)
    if (isFresh) this.#first = this.mark
  }

  /** This server emits a message. */
  emit(message: ClusterMessage): Emitted {
    this.#log.emitted += 1
    return { ...message, emission: this.#log.emitted }
  }

  /** Delivers a message at its position in the stream, to the members that do not have it yet. */
  deliver(message: ClusterMessage, position: Position, to: Pick<MembersHost, 'deliver'>): void {
    const unkept = this.#unkept.find(message.id)
    log.reach(this.#log, position)
    to.deliver(message, position, unkept && ((member) => log.isOwedLater(unkept, this.markOf(member))))
  }

  /** Delivers a message without a position, to the members that joined before it was emitted. */
  deliverUnkept({ emission = Infinity, ...message }: Emitted, to: Pick<MembersHost, 'deliverUnkept'>): void {
    const unkept = this.#unkept.add(message.id, emission)
    log.showUnkept(this.#log, unkept)
    to.deliverUnkept(message, (member) => log.isMeant(unkept, this.markOf(member)))
  }

  /** The members get a gap, and delivery continues after a position. */
  skip(position: Position): void {
    log.skipRange(this.#log, position)
  }

  /** Whether the room was sent anything between a member's join and a moment. */
  hasShown(member: object, until: log.DeliveryMark): boolean {
    return !log.isQuiet({ since: this.markOf(member), until })
  }

  /** Notes which messages of the room a member does not get, because its client has all messages up to a position. */
  omit(member: object, omission: log.Omission): void {
    this.#omitted ??= new Map()
    this.#omitted.set(member, log.withOmission(this.#omitted.get(member) ?? [], omission))
  }

  /** Whether a member was sent a message before a moment. */
  hasGot(member: object, { id, position }: Shown, until: log.DeliveryMark): boolean {
    const shown = { position, unkept: this.#unkept.find(id) }
    if (!log.includes(this.#log, shown, { since: this.markOf(member), until })) return false
    const all = this.#omitted?.get(member)
    return !all || !log.isOmitted(this.#log, shown, { all, until })
  }
}
