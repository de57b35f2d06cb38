import type { Broker, Deliver } from './broker.js'

/**
 * One broker for several hubs of a process: it is connected once and closed with the last hub. Each hub is handed
 * everything that arrives and keeps what is on its own topics.
 * @returns makes the view of one hub
 */
export function share(broker: Broker): () => Broker {
  const hubs = new Set<Deliver>()
  let connected: void | Promise<void>

  const connect = (deliver: Deliver): void | Promise<void> => {
    hubs.add(deliver)
    if (hubs.size === 1) connected = broker.connect((topic, bytes) => hubs.forEach((hub) => hub(topic, bytes)))
    return connected
  }
  return () => {
    let own: Deliver | undefined
    return {
      connect: (deliver) => connect((own = deliver)),
      subscribe: (topic) => broker.subscribe(topic),
      unsubscribe: (topic) => broker.unsubscribe(topic),
      publish: (topic, bytes) => broker.publish(topic, bytes),
      close: () => {
        if (own && hubs.delete(own) && hubs.size === 0) return broker.close()
      },
    }
  }
}
