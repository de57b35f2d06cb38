import type { Broker } from '../cluster/broker.js'
import { shareBroker } from '../cluster/shared-broker.js'
import { Hub } from './hub.js'
import { quote } from '../errors.js'
import { healthOfAll, type HubHealth } from '../observability/health.js'
import type { HubOptions } from './hub-options.js'
import type { HubTypes } from './hub-types.js'
import type { CloseOptions } from '../lifecycle/shutdown.js'

interface NamedHub {
  health(): HubHealth
  close(options?: CloseOptions): Promise<void>
}

/** The hubs of one app, by name. They share a broker and close together. */
export class Hubs {
  readonly #hubs = new Map<string, NamedHub>()
  readonly #view: (() => Broker) | undefined

  /** @param options `broker`: the broker of every hub whose options name no other. @default this process only */
  constructor(options: { readonly broker?: Broker | undefined } = {}) {
    this.#view = options.broker && shareBroker(options.broker)
  }

  /** The names of its hubs. */
  get names(): string[] {
    return [...this.#hubs.keys()]
  }

  /** Creates a hub. @throws TypeError if there is a hub with this name or an option is invalid */
  create<Types extends HubTypes = HubTypes>(name: string, options: Omit<HubOptions<Types>, 'name'> = {}): Hub<Types> {
    if (this.#hubs.has(name)) throw new TypeError(`There is a hub called ${quote(name)} already.`)
    const shared = this.#view && !options.broker ? { broker: this.#view() } : {}
    const hub = new Hub<Types>({ ...shared, ...options, name })
    this.#hubs.set(name, hub)
    return hub
  }

  /** A hub by name; `undefined` if it was not created. `Types` is not checked: give the types of the hub that `create` returned. */
  get<Types extends HubTypes = HubTypes>(name: string): Hub<Types> | undefined {
    return this.#hubs.get(name) as Hub<Types> | undefined
  }

  /** The health of all hubs together: `live` if all are live, `ready` if all are ready. */
  health(): HubHealth {
    return healthOfAll(Array.from(this.#hubs.values(), (hub) => hub.health()))
  }

  /** Closes all of them at once, each as {@link Hub.close} does. */
  async close(options: CloseOptions = {}): Promise<void> {
    await Promise.all([...this.#hubs.values()].map((hub) => hub.close(options)))
  }
}
