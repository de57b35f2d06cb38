import type { BrokerPresence, PresenceMember } from '../broker/broker.js'
import type { Courier } from '../broker/courier.js'
import type { Connection } from '../connection/connection.js'
import { Ledger } from './ledger.js'
import type { Population } from '../rooms/population.js'
import type { Presence } from '../rooms/room.js'

/** What attendance is taken from. */
export interface AttendanceParts<Data, Events extends object> {
  readonly courier: Courier
  readonly population: Population<Data, Events>
  readonly presence: BrokerPresence | undefined
  failed(error: unknown): void
}

/** Who is where, by person: in rooms and at all. Connections without a user are nobody in particular. */
export class Attendance<Data, Events extends object> {
  readonly #parts: AttendanceParts<Data, Events>
  readonly #ledger: Ledger | undefined

  constructor(parts: AttendanceParts<Data, Events>) {
    const { presence } = parts
    this.#parts = parts
    const failed = (error: unknown): void => parts.failed(error)
    this.#ledger = presence && new Ledger({ presence, failed, reenter: () => this.#reenter() })
  }

  /** A connection has come: to the hub, or to a room. */
  entered(connection: Connection<Data, Events>, room?: string): void {
    const tell = this.#isTold(room)
    const member = this.#isShared(tell) ? memberOf(connection) : undefined
    if (member) this.#ledger?.enter(this.#topic(member, room), member, tell)
  }

  /** A connection has left a room, or has gone. */
  left(connection: Connection<Data, Events>, room?: string): void {
    const tell = this.#isTold(room)
    const member = this.#isShared(tell) ? memberOf(connection) : undefined
    if (member) this.#ledger?.leave(this.#topic(member, room), member, tell)
  }

  /** Everybody in a room, or of a user, on all servers; of this server alone where the others can't be known. Never rejects. */
  async list(scope: 'room' | 'user', name: string): Promise<Presence[]> {
    const { population } = this.#parts
    const people = new Map<string, Set<string>>()
    const listed = await this.#listed(scope, name)
    const near = [...population.list(scope, name)].flatMap((connection) => memberOf(connection) ?? [])
    for (const { user, connection } of [...near, ...listed]) {
      people.set(user, (people.get(user) ?? new Set()).add(connection))
    }
    return [...people].map(([user, connections]) => ({ user, connections: [...connections] }))
  }

  async #listed(scope: 'room' | 'user', name: string): Promise<readonly PresenceMember[]> {
    const { courier } = this.#parts
    if (!this.#ledger) return []
    await this.#ledger.flush()
    if (courier.alone) return []
    try {
      return await this.#ledger.list(courier.topic(scope, name))
    } catch (error) {
      this.#parts.failed(error)
      return []
    }
  }

  /** The way to the others is back. */
  restored(): void {
    void this.#ledger?.renew()
  }

  async close(): Promise<void> {
    await this.#ledger?.close()
  }

  // One process knows its people without asking, and needs a ledger only where somebody is told.
  #isShared(tell: boolean): boolean {
    return tell || !this.#parts.courier.alone
  }

  #isTold(room: string | undefined): boolean {
    return room !== undefined && this.#parts.population.rooms.plans.of(room).presence
  }

  #topic({ user }: PresenceMember, room: string | undefined): string {
    const { courier } = this.#parts
    return room === undefined ? courier.topic('user', user) : courier.topic('room', room)
  }

  #reenter(): void {
    for (const connection of this.#parts.population.connections.values()) {
      this.entered(connection)
      for (const room of connection.rooms) this.entered(connection, room)
    }
  }
}

function memberOf({
  user,
  id,
}: {
  readonly user: string | undefined
  readonly id: string
}): PresenceMember | undefined {
  return user === undefined ? undefined : { user, connection: id }
}
