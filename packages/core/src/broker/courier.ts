import { randomUUID } from 'node:crypto'
import type { Address } from '../rooms/audience.js'
import { type Broker, localBroker } from './broker.js'
import { pack, type Parcel, unpack } from './parcel.js'

/** The one who gets what other servers sent. */
export interface Recipient {
  receive(parcel: Parcel): void
  failed(error: unknown): void
}

const DONE = Promise.resolve()

/** Carries parcels between a hub and the same hub on other servers, topic by topic, over a broker. */
export class Courier {
  readonly #hub: string
  readonly #broker: Broker
  readonly #recipient: Recipient
  readonly #subscribed = new Map<string, Promise<void>>()
  readonly #recent = new Recent()

  constructor(hub: string, broker: Broker, recipient: Recipient) {
    this.#hub = hub
    this.#broker = broker
    this.#recipient = recipient
    void this.#attempt(() => broker.connect((topic, bytes) => this.#deliver(topic, bytes)))
  }

  /** Begins to listen where the first local member has arrived. Resolves once messages arrive here. Never rejects. */
  listen(scope: Address['scope'], name: string): Promise<void> {
    if (this.#broker === localBroker) return DONE
    const topic = this.#topic(scope, name)
    const known = this.#subscribed.get(topic)
    if (known) return known
    const subscription = this.#attempt(() => this.#broker.subscribe(topic))
    this.#subscribed.set(topic, subscription)
    return subscription
  }

  /** Stops listening where the last local member has left. */
  ignore(scope: Address['scope'], name: string): void {
    const topic = this.#topic(scope, name)
    if (this.#subscribed.delete(topic)) void this.#attempt(() => this.#broker.unsubscribe(topic))
  }

  /** Sends to the other servers; they get it on each topic of the address on which they listen. */
  send(parcel: () => Omit<Parcel, 'id'>): void {
    if (this.#broker === localBroker) return
    const { address, ...rest } = parcel()
    const id = address.names.length > 1 ? randomUUID() : undefined
    const bytes = pack({ ...rest, address, id })
    for (const topic of this.#topics(address)) void this.#attempt(() => this.#broker.publish(topic, bytes))
  }

  async close(): Promise<void> {
    await this.#attempt(() => this.#broker.close())
  }

  #deliver(topic: string, bytes: Uint8Array): void {
    const parcel = unpack(bytes)
    if (!parcel || !this.#topics(parcel.address).includes(topic)) return
    // A server with members in several rooms of a union gets its parcel on each topic.
    if (!this.#recent.has(parcel.id)) this.#recipient.receive(parcel)
  }

  #topics({ scope, names }: Address): string[] {
    return names.map((name) => this.#topic(scope, name))
  }

  // Encoded, so that no name can look like the topic of another scope, hub or server.
  #topic(scope: Address['scope'], name: string): string {
    return `${encodeURIComponent(this.#hub.toWellFormed())}/${scope}/${encodeURIComponent(name.toWellFormed())}`
  }

  async #attempt(work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#recipient.failed(error)
    }
  }
}

const REMEMBERED = 10_000

/** Ids that were seen lately; the oldest are forgotten. */
class Recent {
  readonly #ids = new Set<string>()

  /** Whether an id was seen before; now it is. What has no id was never seen. */
  has(id: string | undefined): boolean {
    if (id === undefined) return false
    if (this.#ids.has(id)) return true
    this.#ids.add(id)
    if (this.#ids.size > REMEMBERED) this.#forget()
    return false
  }

  #forget(): void {
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }
}
