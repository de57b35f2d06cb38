import type { Address } from './audience.js'
import { type Broker, localBroker } from './broker.js'
import { pack, type Parcel, unpack } from './parcel.js'

/** The one who gets what other servers sent. */
export interface Recipient {
  receive(parcel: Parcel): void
  /** Whether this server has members under a name. */
  inhabited(scope: Address['scope'], name: string): boolean
  failed(error: unknown): void
}

const DONE = Promise.resolve()

/** Carries parcels between a hub and the same hub on other servers, topic by topic, over a broker. */
export class Courier {
  readonly #hub: string
  readonly #broker: Broker
  readonly #recipient: Recipient
  readonly #subscribed = new Map<string, Promise<void>>()

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
  send(parcel: () => Parcel): void {
    if (this.#broker === localBroker) return
    const { address, ...rest } = parcel()
    const bytes = pack({ address, ...rest })
    for (const name of address.names) {
      void this.#attempt(() => this.#broker.publish(this.#topic(address.scope, name), bytes))
    }
  }

  async close(): Promise<void> {
    await this.#attempt(() => this.#broker.close())
  }

  #deliver(topic: string, bytes: Uint8Array): void {
    const parcel = unpack(bytes)
    if (!parcel) return
    const { scope, names } = parcel.address
    // A server with members in several rooms of a union gets it on each topic: it counts on the first of them alone.
    const first = names.find((name) => this.#recipient.inhabited(scope, name))
    if (first !== undefined && this.#topic(scope, first) === topic) this.#recipient.receive(parcel)
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
