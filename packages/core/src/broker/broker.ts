/** Takes what another server published on a topic that this one subscribed to. */
export type Deliver = (topic: string, bytes: Uint8Array) => void

/**
 * The way to the other servers of a hub. Topics exist per hub, room, user and session; a server subscribes to those in
 * which it has members. Failures are rejections: the hub reports them to `onError` and goes on with local delivery.
 */
export interface Broker {
  /** Called once, before anything else. */
  connect(deliver: Deliver): void | Promise<void>
  /** Resolves once messages on the topic arrive here. */
  subscribe(topic: string): void | Promise<void>
  unsubscribe(topic: string): void | Promise<void>
  /** Reaches every *other* server that subscribed; never this one. */
  publish(topic: string, bytes: Uint8Array): void | Promise<void>
  close(): void | Promise<void>
}

/** The broker of a hub that lives in one process: there is nobody else to reach. */
export const localBroker: Broker = {
  connect() {},
  subscribe() {},
  unsubscribe() {},
  publish() {},
  close() {},
}
