import type { Broker, BrokerEvents, Deliver } from './broker.js'

interface SharingHub {
  readonly deliver: Deliver
  readonly events: BrokerEvents
}

/**
 * One broker for several hubs of a process: it is connected once and closed with the last hub. Each hub gets
 * everything that arrives, and ignores topics of other hubs.
 * @returns a function that makes the broker of one hub
 */
export function shareBroker(broker: Broker): () => Broker {
  const hubs = new Set<SharingHub>()
  let connected: void | Promise<void>

  const connect = (hub: SharingHub): void | Promise<void> => {
    hubs.add(hub)
    if (hubs.size === 1)
      connected = broker.connect((...message) => hubs.forEach((one) => one.deliver(...message)), eventsOfAll(hubs))
    return connected
  }
  return () => {
    let own: SharingHub | undefined
    return {
      connect: (deliver, events) => connect((own = { deliver, events })),
      subscribe: (topic) => broker.subscribe(topic),
      unsubscribe: (topic) => broker.unsubscribe(topic),
      publish: (topic, bytes) => broker.publish(topic, bytes),
      close: () => {
        if (own && hubs.delete(own) && hubs.size === 0) return broker.close()
      },
      ...(broker.status && { status: broker.status.bind(broker) }),
      ...(broker.history && { history: broker.history }),
      ...(broker.presence && { presence: broker.presence }),
    }
  }
}

/** Passes events to every hub. */
function eventsOfAll(hubs: ReadonlySet<SharingHub>): BrokerEvents {
  return {
    failed: (error) => hubs.forEach(({ events }) => events.failed(error)),
    warned: (error) => hubs.forEach(({ events }) => events.warned?.(error)),
    // It is unknown which hub the bytes were meant for: the first hub counts them.
    discarded: () => hubs.values().next().value?.events.discarded(),
    restored: () => hubs.forEach(({ events }) => events.restored()),
    restarted: (topic, position) => hubs.forEach(({ events }) => events.restarted(topic, position)),
    presence: (topic, event) => hubs.forEach(({ events }) => events.presence(topic, event)),
  }
}
