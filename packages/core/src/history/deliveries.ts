import type { Position } from '../cluster/broker-history.js'
import type { ClusterMessage } from '../cluster/cluster-message.js'
import * as log from './delivery-log.js'
import type { MembersHost } from './room-stream-host.js'
import type { UnkeptIds } from './unkept-ids.js'

type Mark = log.Mark

/** The known properties of a message that may have been delivered. */
export interface Shown {
  readonly id: string | undefined
  readonly position: Pick<Position, 'epoch' | 'offset'>
}

/** The deliveries of this server in a room since its first member joined, and the moment of each member's join. */
export class Deliveries {
  /** The start of the deliveries; `undefined` until the members have a place in the stream. */
  begun: Position | undefined
  readonly #unkept: UnkeptIds
  readonly #log: log.DeliveryLog
  #first: Mark
  #mark: Mark
  #joined: Map<object, Mark> | undefined

  constructor(unkept: UnkeptIds) {
    this.#unkept = unkept
    this.#log = log.newDeliveryLog(unkept.count)
    this.#first = this.#mark = log.markOf(this.#log)
  }

  /** The present moment. All callers between two messages share one object. */
  get mark(): Mark {
    const now = log.markOf(this.#log)
    const { range, offset, unkept } = this.#mark
    if (range !== now.range || offset !== now.offset || unkept !== now.unkept) this.#mark = now
    return this.#mark
  }

  /** A connection has become a member. */
  join(member: object): void {
    if (this.mark === this.#first) return
    this.#joined ??= new Map()
    this.#joined.set(member, this.mark)
  }

  leave(member: object): void {
    this.#joined?.delete(member)
  }

  /** The moment at which a member joined. */
  markOf(member: object): Mark {
    return this.#joined?.get(member) ?? this.#first
  }

  /** The members have a place in the stream. */
  begin(position: Position): void {
    const isFresh = this.mark === this.#first
    this.begun ??= position
    log.begin(this.#log, position)
    if (isFresh) this.#first = this.mark
  }

  /** Delivers a message at its position in the stream, to the members that do not have it yet. */
  deliver(message: ClusterMessage, position: Position, to: Pick<MembersHost, 'deliver'>): void {
    const ordinal = this.#unkept.ordinalOf(message.id)
    log.reach(this.#log, position)
    const isMeant = ordinal === undefined ? undefined : (one: object) => this.markOf(one).unkept >= ordinal
    to.deliver(message, position, isMeant)
  }

  /** Delivers a message without a position. */
  deliverUnkept(message: ClusterMessage, to: Pick<MembersHost, 'deliverUnkept'>): void {
    log.showUnkept(this.#log, this.#unkept.add(message.id))
    to.deliverUnkept(message)
  }

  /** Delivery goes on behind a position that is not the next. */
  skip(position: Position): void {
    log.skip(this.#log, position)
  }

  /** Whether a message was shown between two moments. */
  includes({ id, position }: Shown, span: log.Span): boolean {
    return log.includes(this.#log, { position, ordinal: this.#unkept.ordinalOf(id) }, span)
  }
}
