import type { Broker, BrokerEvents, BrokerPresence, Deliver } from './broker.js'

interface Guest {
  readonly deliver: Deliver
  readonly events: BrokerEvents
  /** False where its people are to be entered again. */
  entered: boolean
}

/**
 * One broker for several hubs of a process: it is connected once and closed with the last hub. Each hub is handed
 * everything that arrives and keeps what is on its own topics.
 * @returns makes the view of one hub
 */
export function share(broker: Broker): () => Broker {
  const hubs = new Set<Guest>()
  let connected: void | Promise<void>

  const connect = (hub: Guest): void | Promise<void> => {
    hubs.add(hub)
    if (hubs.size === 1)
      connected = broker.connect((...message) => hubs.forEach((one) => one.deliver(...message)), all(hubs))
    return connected
  }
  return () => {
    let own: Guest | undefined
    return {
      connect: (deliver, events) => connect((own = { deliver, events, entered: true })),
      subscribe: (topic) => broker.subscribe(topic),
      unsubscribe: (topic) => broker.unsubscribe(topic),
      publish: (topic, bytes) => broker.publish(topic, bytes),
      close: () => {
        if (own && hubs.delete(own) && hubs.size === 0) return broker.close()
      },
      ...(broker.history && { history: broker.history }),
      ...(broker.presence && { presence: leaseOf(broker.presence, hubs, () => own) }),
    }
  }
}

/** Tells every hub. */
function all(hubs: ReadonlySet<Guest>): BrokerEvents {
  return {
    failed: (error) => hubs.forEach(({ events }) => events.failed(error)),
    // Nobody knows whose it was; the first one counts it.
    discarded: () => hubs.values().next().value?.events.discarded(),
    restored: () => hubs.forEach(({ events }) => events.restored()),
    restarted: (topic, position) => hubs.forEach(({ events }) => events.restarted(topic, position)),
    presence: (topic, change) => hubs.forEach(({ events }) => events.presence(topic, change)),
  }
}

/** The lease is one for all hubs, and each of them has to hear that it was lost. */
function leaseOf(presence: BrokerPresence, hubs: ReadonlySet<Guest>, own: () => Guest | undefined): BrokerPresence {
  return {
    lease: presence.lease,
    enter: (topic, members, tell) => presence.enter(topic, members, tell),
    leave: (topic, members, tell) => presence.leave(topic, members, tell),
    list: (topic) => presence.list(topic),
    renew: async () => {
      if (!(await presence.renew())) for (const hub of hubs) hub.entered = false
      const hub = own()
      const entered = hub?.entered ?? true
      if (hub) hub.entered = true
      return entered
    },
  }
}
