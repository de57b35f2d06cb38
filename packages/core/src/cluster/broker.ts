import type { BrokerHistory, LinkPosition, Position } from './broker-history.js'
import type { BrokerPresence, PresenceEvent } from './broker-presence.js'

export * from './broker-history.js'
export * from './broker-presence.js'

/**
 * Called for each message on a topic that this server subscribed to.
 * @param link set for messages of a history, which also come back to the server that appended them
 */
export type Deliver = (topic: string, bytes: Uint8Array, link?: LinkPosition) => void

/** What a broker reports, apart from messages. */
export interface BrokerEvents {
  /** A failure that no call waits for, such as a lost connection. Called once for each outage, not for each attempt. */
  failed(error: unknown): void
  /** A condition that is no outage, such as a setting of the store. Called once for each condition. */
  warned?(error: unknown): void
  /** Bytes arrived that no broker has published, or that this one can't read. They were dropped. */
  discarded(): void
  /** The link was lost and is back: every topic is subscribed again, and messages may have been missed. */
  restored(): void
  /** A new epoch of a topic's history began. @param position the position of the topic now */
  restarted(topic: string, position: Position): void
  /** The users of a topic have changed on any server, this one included. Called in the order of the changes. */
  presence(topic: string, event: PresenceEvent): void
}

/** The state of the connection to the other servers. */
export interface BrokerStatus {
  readonly state: 'connecting' | 'connected' | 'down'
  /** When this state began, in milliseconds since 1970. */
  readonly since: number
}

/**
 * The connection of a hub to its other servers. Topics exist per hub, room, user and session; a server subscribes to
 * those in which it has members. Topics are ASCII without spaces, braces and control characters. Failures are rejections:
 * the hub reports them to `onError` and continues with local delivery. `defineBrokerSuite` of `@wshub/core/testing` tests
 * all of this.
 */
export interface Broker {
  /**
   * Called once, before anything else.
   * @returns resolves once the broker is connected. A rejection means that the broker has given up, and rejects
   * `hub.ready`. A broker that keeps trying calls `events.failed` and resolves later
   */
  connect(deliver: Deliver, events: BrokerEvents): void | Promise<void>
  /** Resolves once messages on the topic arrive here. If it rejects, the topic is subscribed as soon as the link is back. */
  subscribe(topic: string): void | Promise<void>
  /** Ends the subscription to a topic. */
  unsubscribe(topic: string): void | Promise<void>
  /**
   * Sends bytes to every *other* server that subscribed to the topic, and never to this one. Messages of one server on
   * one topic keep their order. The bytes are not changed afterwards.
   * @returns the number of other servers that got them, if the broker knows it
   */
  publish(topic: string, bytes: Uint8Array): void | number | Promise<void | number>
  /** The state of the connection now, for `hub.stats().broker`. */
  status?(): BrokerStatus
  /** Closes the connection. What was published before is still sent. */
  close(): void | Promise<void>
  /** Keeps messages for clients that reconnect. Without it a hub refuses rooms with history. */
  readonly history?: BrokerHistory | undefined
  /** Presence of all servers. Without it a server knows only its own users, and not which other servers there are. */
  readonly presence?: BrokerPresence | undefined
}
