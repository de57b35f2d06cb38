import type { Address, Command, Fanout, Question, Replies } from './audience.js'
import type { Broker } from '../broker/broker.js'
import type { Connection } from '../connection/connection.js'
import { assertTimeout } from '../connection/requests.js'
import { Courier, type Recipient } from '../broker/courier.js'
import type { Stage } from '../errors.js'
import { type Compression, Frame } from '../outbox/frame.js'
import type { Parcel } from '../broker/parcel.js'
import { Population } from './population.js'
import { encodeEvent } from '../protocol/index.js'
import type { RoomLimits } from './rooms.js'

/** What reaching people depends on. */
export interface FanoutSettings {
  readonly name: string
  readonly broker: Broker
  readonly limits: RoomLimits
  readonly compression: Compression | undefined
}

/** Told of what goes wrong on the way. */
export type Fail<Data, Events extends object> = (
  error: unknown,
  stage: Stage,
  connection?: Connection<Data, Events>,
) => void

/** Reaches the members of an audience: those of this server at once, those of others through the courier. */
export class HubFanout<Data, Events extends object> implements Fanout<Data, Events>, Recipient {
  readonly population: Population<Data, Events>
  readonly courier: Courier
  readonly #compression: Compression | undefined
  readonly #fail: Fail<Data, Events>

  constructor({ name, broker, limits, compression }: FanoutSettings, fail: Fail<Data, Events>) {
    this.#compression = compression
    this.#fail = fail
    this.population = new Population(this, limits)
    this.courier = new Courier(name, broker, this)
  }

  /** One message for any number of connections. */
  frame(data: string | Uint8Array): Frame {
    return new Frame(data, this.#compression)
  }

  deliver(address: Address, payload: string | Uint8Array): void {
    const frame = this.frame(payload)
    for (const connection of this.population.select(address)) connection.endpoint.deliver(frame)
    this.courier.send(() => ({ address, frame: frame.bytes(false) }))
  }

  command(address: Address, command: Command): void {
    this.#carryOut(address, command)
    this.courier.send(() => ({ address, command }))
  }

  async request(address: Address, { type, payload, options }: Question): Promise<Replies> {
    // What has no JSON form is the caller's mistake and not the absence of a reply.
    encodeEvent(type, payload)
    assertTimeout(options?.timeout)
    const replies: unknown[] = []
    const missing: string[] = []
    const ask = async (connection: Connection<Data, Events>): Promise<void> => {
      try {
        replies.push(await connection.request(type, payload, options))
      } catch {
        missing.push(connection.id)
      }
    }
    await Promise.all(this.members(address).map(ask))
    return { replies, missing }
  }

  members(address: Address): Connection<Data, Events>[] {
    return [...this.population.select(address)]
  }

  receive({ address, frame, command }: Parcel): void {
    if (command) return this.#carryOut(address, command)
    const framed = frame && Frame.received(frame, this.#compression)
    if (framed) for (const connection of this.population.select(address)) connection.endpoint.deliver(framed)
  }

  failed(error: unknown): void {
    this.#fail(error, 'broker')
  }

  #carryOut(address: Address, command: Command): void {
    for (const connection of this.members(address)) {
      if (command.do === 'disconnect') connection.disconnect(command.code, command.reason)
      else if (command.do === 'leave') connection.leave(command.room)
      else connection.join(command.room).catch((error: unknown) => this.#fail(error, 'join', connection))
    }
  }
}
