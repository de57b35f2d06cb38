import type { BrokerHistory, LinkPosition, Position } from './broker-history.js'
import type { BrokerPresence, PresenceEvent } from './broker-presence.js'

export * from './broker-history.js'
export * from './broker-presence.js'

/**
 * Takes what was published on a topic that this server subscribed to.
 * @param link set for messages of a history, which also come back to the server that appended them
 */
export type Deliver = (topic: string, bytes: Uint8Array, link?: LinkPosition) => void

/** What a broker has to tell beside messages. */
export interface BrokerEvents {
  /** Something failed that no call waits for, such as the link to the other servers. Once for each loss, not for each try. */
  failed(error: unknown): void
  /** Something is to be known that is no loss of the link, such as a setting of the store. Each one once. */
  warned?(error: unknown): void
  /** Bytes came that this broker did not send, or can't read. They were dropped. */
  discarded(): void
  /** The link was lost and is back: every topic is subscribed again, and messages may have been missed. */
  restored(): void
  /** A new epoch of a topic's history began. @param position the position of the topic now */
  restarted(topic: string, position: Position): void
  /** The users of a topic have changed, by whatever server, this one included. In the order of the changes. */
  presence(topic: string, event: PresenceEvent): void
}

/** Whether the link to the other servers stands. */
export interface BrokerStatus {
  readonly state: 'connecting' | 'connected' | 'down'
  /** When this state began, in milliseconds since 1970. */
  readonly since: number
}

/**
 * The way to the other servers of a hub. Topics exist per hub, room, user and session; a server subscribes to those in
 * which it has members. Topics are ASCII without spaces, braces and control characters. Failures are rejections: the hub
 * reports them to `onError` and goes on with local delivery. `defineBrokerSuite` of `@wshub/core/testing` holds a broker
 * to all of this.
 */
export interface Broker {
  /**
   * Called once, before anything else.
   * @returns resolves once the link stands. A rejection is a failed start (`hub.ready`) only where the broker gives up; one
   * that goes on trying tells `events.failed` and resolves later
   */
  connect(deliver: Deliver, events: BrokerEvents): void | Promise<void>
  /** Resolves once messages on the topic arrive here. If it rejects, the topic is subscribed as soon as the link is back. */
  subscribe(topic: string): void | Promise<void>
  /** Ends the subscription to a topic. */
  unsubscribe(topic: string): void | Promise<void>
  /**
   * Reaches every *other* server that subscribed; never this one. Messages of one server on one topic keep their order.
   * The bytes are not changed afterwards. @returns how many other servers got it, if the broker knows
   */
  publish(topic: string, bytes: Uint8Array): void | number | Promise<void | number>
  /** Whether the link stands now, for `hub.stats().broker`. */
  status?(): BrokerStatus
  /** Ends the link. What was published before still leaves. */
  close(): void | Promise<void>
  /** Keeps messages for clients that reconnect. Without it a hub refuses rooms with history. */
  readonly history?: BrokerHistory | undefined
  /** Presence of all servers. Without it a server knows only its own users, and not which other servers there are. */
  readonly presence?: BrokerPresence | undefined
}
