import type { Address } from '../rooms/audience.js'
import type { BrokerHistory, Lost, Position } from '../broker/broker.js'
import type { Courier } from '../broker/courier.js'
import { pack, type Parcel } from '../broker/parcel.js'
import { encode } from '../protocol/codec.js'
import { type Deadline, every } from '../limits.js'
import { Log } from './log.js'
import type { RoomPlans } from '../rooms/plans.js'

/** How often logs that are torn are tried to be mended, ms: a store that only hung tells nobody that it is back. */
const MEND = 500

/**
 * Messages of an outage that are remembered as delivered. What the store may still have been told is what was on its way
 * when it began: the first ones.
 */
const MOST_BARE = 20_000

/** Whom logs deliver to. */
export interface LogReaders {
  /** Hands a message to this server's members, with its position or, where it could not be kept, without. */
  deliverEvent(parcel: Parcel, position?: Position): void
  /** This server's members of a room have missed something for good. */
  missed(room: string, reason: Lost, position: Position): void
  failed(error: unknown): void
}

/** What the logs of a hub need. */
export interface LogsHost {
  readonly courier: Courier
  readonly history: BrokerHistory | undefined
  readonly plans: RoomPlans
  readonly members: LogReaders
}

/** The rooms with history in which this server takes part. */
export class Logs {
  readonly #host: LogsHost
  readonly #logs = new Map<string, Log>()
  #count = 0
  #mender: Deadline | undefined
  readonly #failing = new Set<string>()
  readonly #bare = new Set<string>()

  constructor(host: LogsHost) {
    this.#host = host
  }

  /** The log of a room; `undefined` where the room has no history. */
  of(room: string): Log | undefined {
    const known = this.#logs.get(room)
    if (known) return known
    const { history, courier, plans } = this.#host
    const window = plans.of(room).history
    if (!window || !history) return undefined
    const log = new Log(this.#hostOf(room), { history, topic: courier.topic('room', room), window })
    this.#logs.set(room, log)
    return log
  }

  /** The log of the one room that an address means; `undefined` for everything else. */
  at({ scope, names }: Address): Log | undefined {
    const [room] = names
    return scope === 'room' && names.length === 1 && room !== undefined ? this.of(room) : undefined
  }

  /** The log of the one room that an address means, where messages are still waiting for their turn. */
  busy({ scope, names }: Address): Log | undefined {
    if (this.#logs.size === 0 || scope !== 'room' || names.length !== 1) return undefined
    return this.#logs.get(names[0] ?? '')
  }

  /** Takes a message of a stream that has come from the broker. */
  receive(room: string, position: Position, parcel: Parcel): void {
    this.#logs.get(room)?.receive(parcel, position)
  }

  /** A new epoch of a room's history began. */
  restarted(room: string): void {
    void this.#logs.get(room)?.fill()
  }

  /** Keeps an event of a room and delivers it in its turn. @param text the event as JSON */
  record(log: Log, address: Address, text: string): void {
    const { courier } = this.#host
    this.#count += 1
    const id = courier.alone ? undefined : `${courier.server}:${this.#count}`
    const event = Buffer.from(`${text.slice(0, -1)},"room":${encode(address.names[0])}`)
    const parcel: Parcel = { id, address, event }
    log.record(parcel, pack(parcel))
    this.#sweep(address.names[0] ?? '', log)
  }

  /** The last member of a room has left this server. */
  stop(room: string): void {
    const log = this.#logs.get(room)
    if (!log) return
    log.stop()
    this.#sweep(room, log)
  }

  /** A room has no history any more. */
  remove(room: string): void {
    this.#logs.get(room)?.stop()
    this.#logs.delete(room)
  }

  /** The link to the store is back. */
  restored(): void {
    this.#failing.clear()
    for (const [room, log] of this.#logs) void this.#restore(room, log)
  }

  /** Mends nothing any more. */
  close(): void {
    this.#mender?.cancel()
    this.#mender = undefined
  }

  #tear(): void {
    if (this.#mender) return
    // Another outage.
    this.#bare.clear()
    this.#mender = every(MEND, () => void this.#mend())
  }

  async #mend(): Promise<void> {
    const torn = [...this.#logs].filter(([, log]) => log.torn)
    if (torn.length === 0) this.close()
    await Promise.all(torn.map(async ([room, log]) => log.mend().then(() => this.#sweep(room, log))))
  }

  async #restore(room: string, log: Log): Promise<void> {
    await log.mend()
    await log.fill()
    this.#sweep(room, log)
  }

  // One outage is one failure of each kind, however many rooms and messages it costs.
  #failed(error: unknown): void {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    const kind = String(code ?? message ?? error)
    if (this.#failing.has(kind)) return
    this.#failing.add(kind)
    this.#host.members.failed(error)
  }

  #sweep(room: string, log: Log): void {
    if (log.idle) this.#logs.delete(room)
  }

  #hostOf(room: string): ConstructorParameters<typeof Log>[0] {
    const { courier, members } = this.#host
    return {
      subscribe: () => courier.listen('room', room),
      deliver: (parcel, position) => {
        // It went out before, without a position, when its server gave up waiting for the store.
        if (!this.#bare.has(parcel.id ?? '') && !courier.seen(parcel.id)) members.deliverEvent(parcel, position)
      },
      deliverBare: (parcel) => {
        if (courier.seen(parcel.id)) return
        members.deliverEvent(parcel)
        const { id, address, event } = parcel
        if (id !== undefined && this.#bare.size < MOST_BARE) this.#bare.add(id)
        courier.send(() => ({ ...(id !== undefined && { id }), address, ...(event && { event }) }))
      },
      missed: (reason, position) => members.missed(room, reason, position),
      torn: () => this.#tear(),
      failed: (error) => this.#failed(error),
      worked: () => this.#failing.clear(),
    }
  }
}
