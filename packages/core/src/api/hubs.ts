import type { Broker } from '../cluster/broker.js'
import { shareBroker } from '../cluster/shared-broker.js'
import { Hub } from './hub.js'
import { quote } from '../errors.js'
import type { HubOptions } from './hub-options.js'
import type { HubTypes } from './hub-types.js'
import type { CloseOptions } from '../lifecycle/shutdown.js'

interface Closable {
  close(options?: CloseOptions): Promise<void>
}

/** Several hubs of one app, by name, with a shared broker and a shared end. */
export class Hubs {
  readonly #hubs = new Map<string, Closable>()
  readonly #view: (() => Broker) | undefined

  /** @param options `broker`: the one that every hub gets unless it names its own */
  constructor(options: { readonly broker?: Broker | undefined } = {}) {
    this.#view = options.broker && shareBroker(options.broker)
  }

  /** The names in use. */
  get names(): string[] {
    return [...this.#hubs.keys()]
  }

  /** Makes a hub. @throws TypeError if the name is taken or an option is wrong */
  create<Types extends HubTypes = HubTypes>(name: string, options: Omit<HubOptions<Types>, 'name'> = {}): Hub<Types> {
    if (this.#hubs.has(name)) throw new TypeError(`There is a hub called ${quote(name)} already.`)
    const shared = this.#view && !options.broker ? { broker: this.#view() } : {}
    const hub = new Hub<Types>({ ...shared, ...options, name })
    this.#hubs.set(name, hub)
    return hub
  }

  /** A hub by name; `undefined` if it was not created. The types are the caller's promise. */
  get<Types extends HubTypes = HubTypes>(name: string): Hub<Types> | undefined {
    return this.#hubs.get(name) as Hub<Types> | undefined
  }

  /** Closes all of them at once, each as {@link Hub.close} does. */
  async close(options: CloseOptions = {}): Promise<void> {
    await Promise.all([...this.#hubs.values()].map((hub) => hub.close(options)))
  }
}
