import { randomUUID } from 'node:crypto'
import type { Address, Command } from '../rooms/address.js'
import type { Broker, BrokerStatus, LinkPosition, Position, PresenceEvent } from './broker.js'
import { LocalBroker } from './local-broker.js'
import { encodeMessage, type ClusterMessage, decodeMessage } from './cluster-message.js'
import { goesToAll, goesToNames, isRemoval, type Removal } from './message-reach.js'
import { OncePerOutage } from '../util/once-per-outage.js'
import { RecentIds } from './recent-ids.js'
import { decodeName, encodeName } from './topic.js'

/** Receives what other servers send. */
export interface ClusterListener {
  receive(message: ClusterMessage): void
  /**
   * A command that removes connections arrived on the topic of all servers. It also arrives on the topics of its names,
   * unless this server has subscribed to them too late.
   * @param isDone whether it has arrived on one of those
   */
  removed(address: Address, command: Command, isDone: () => boolean): void
  /** A message of a history, in the order of arrival. @param message `undefined`: bytes that this server can't read */
  historyMessage(room: string, link: LinkPosition, message: ClusterMessage | undefined): void
  /** A new epoch of a room's history began. */
  historyRestarted(room: string, position: Position): void
  /** Users joined a room, changed or left it. */
  presenceChanged(room: string, event: PresenceEvent): void
  /** The link to the other servers was lost and is back. */
  restored(): void
  /** The link to the other servers has failed. */
  linkLost(): void
  failed(error: unknown): void
  /** Bytes arrived that are not a message for this hub. */
  discarded(): void
  /** A message could not be sent. */
  unsent(): void
}

/** How far a message got. */
export interface PublishResult {
  /** On how many servers it arrived, counted once per topic; `undefined` if the broker does not know. */
  readonly reached: number | undefined
  /** Whether it could not be sent on some topic. */
  readonly failed: boolean
}

const NOTHING_TO_AWAIT: Promise<void> = Promise.resolve()
const NO_OTHER_SERVER: PublishResult = { reached: 0, failed: false }

/** Carries messages between a hub and the same hub on other servers, topic by topic, over a broker. */
export class ClusterBus {
  /** Identifies this server among those of the hub. */
  readonly server = randomUUID()
  /** Whether there is no other server to reach. */
  readonly alone: boolean
  readonly #prefix: string
  readonly #broker: Broker
  readonly #subscribed = new Map<string, Promise<void>>()
  readonly #recent = new RecentIds()
  #listener: ClusterListener | undefined
  #ready: Promise<void> = NOTHING_TO_AWAIT
  readonly #outage = new OncePerOutage()
  #closed = false

  constructor(hub: string, broker: Broker) {
    this.#prefix = `${encodeName(hub)}/`
    this.#broker = broker
    this.alone = broker instanceof LocalBroker
  }

  /** Resolves once the broker has connected; rejects if the broker has given up. */
  get ready(): Promise<void> {
    return this.#ready
  }

  /** Connects to the other servers. Called once, before anything is sent. */
  connect(listener: ClusterListener): void {
    this.#listener = listener
    this.#ready = this.#connect(listener)
    this.#ready.catch((error: unknown) => this.#failed(error))
    void this.listen('server', '')
    void this.listen('server', this.server)
  }

  /** Subscribes for the first local member. Resolves once messages arrive here. Never rejects. */
  listen(scope: Address['scope'], name: string): Promise<void> {
    if (this.alone) return NOTHING_TO_AWAIT
    const topic = this.topic(scope, name)
    const known = this.#subscribed.get(topic)
    if (known) return known
    const subscription = this.#attempt(() => this.#broker.subscribe(topic))
    this.#subscribed.set(topic, subscription)
    return subscription
  }

  /** Resolves once messages on a topic that was subscribed arrive here, or never will. Undefined for any other topic. */
  subscription(scope: Address['scope'], name: string): Promise<void> | undefined {
    return this.#subscribed.get(this.topic(scope, name))
  }

  /** Unsubscribes after the last local member has left. */
  ignore(scope: Address['scope'], name: string): void {
    if (this.alone) return
    const topic = this.topic(scope, name)
    if (this.#subscribed.delete(topic)) void this.#attempt(() => this.#broker.unsubscribe(topic))
  }

  /** Sends a message to the other servers. They get it on each topic of the address to which they have subscribed. */
  send(message: () => Omit<ClusterMessage, 'id'> & { readonly id?: string }): void {
    if (!this.alone && !this.#closed) void this.publish(message())
  }

  /** Sends a message to the other servers. Never rejects. */
  async publish(message: Omit<ClusterMessage, 'id'> & { readonly id?: string }): Promise<PublishResult> {
    if (this.alone) return NO_OTHER_SERVER
    // Servers that get a message on several topics recognise it by its id.
    const topics = this.#topicsOf(message)
    const id = message.id ?? (topics.length > 1 ? randomUUID() : undefined)
    const bytes = encodeMessage({ ...message, id })
    return sum(await Promise.all(topics.map((topic) => this.#publishOn(topic, bytes))))
  }

  /** The topic of a name. The name is encoded, so that no name can look like the topic of another scope, hub or server. */
  topic(scope: Address['scope'], name: string): string {
    return `${this.#prefix}${scope}/${encodeName(name)}`
  }

  /** Whether a message with this id arrived before. Remembers the id. */
  seen(id: string | undefined): boolean {
    return this.#recent.remember(id)
  }

  /** The connection of the broker to the other servers; `undefined` if the broker has no status. */
  get status(): BrokerStatus | undefined {
    return this.#broker.status?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#attempt(() => this.#broker.close())
  }

  async #connect(listener: ClusterListener): Promise<void> {
    const deliver = (topic: string, bytes: Uint8Array, link?: LinkPosition): void => this.#deliver(topic, bytes, link)
    await this.#broker.connect(deliver, {
      failed: (error) => {
        listener.failed(error)
        listener.linkLost()
      },
      warned: (error) => listener.failed(error),
      discarded: () => listener.discarded(),
      restored: () => listener.restored(),
      restarted: (topic, position) => this.#restarted(topic, position),
      presence: (topic, event) => this.#presenceChanged(topic, event),
    })
  }

  #deliver(topic: string, bytes: Uint8Array, link: LinkPosition | undefined): void {
    // Several hubs may share a broker.
    if (!topic.startsWith(this.#prefix)) return
    const message = decodeMessage(bytes)
    if (link) return this.#linked(topic, link, message)
    if (!message || !this.#topicsOf(message).includes(topic)) return this.#listener?.discarded()
    if (topic === this.#allServers && isRemoval(message)) return this.#removed(message)
    // A server with members in several rooms of a union gets its message on each topic. Questions are answered on each,
    // because the asking server counts the answers.
    if (message.question || !this.seen(message.id)) this.#listener?.receive(message)
  }

  // If the command arrived on a topic of its names before, it was executed, and connections that joined since must stay.
  #removed(message: Removal<ClusterMessage>): void {
    const isDone = (): boolean => this.#recent.has(message.id)
    if (!isDone()) this.#listener?.removed(message.address, message.command, isDone)
  }

  /** Passes on a message of a history even if this server can't read it, because it has a position there. */
  #linked(topic: string, link: LinkPosition, message: ClusterMessage | undefined): void {
    const room = this.#roomOf(topic)
    const event = message?.event && this.#topicsOf(message).includes(topic) ? message : undefined
    if (!event) this.#listener?.discarded()
    if (room !== undefined) this.#listener?.historyMessage(room, link, event)
  }

  #presenceChanged(topic: string, event: PresenceEvent): void {
    const room = this.#roomOf(topic)
    if (room !== undefined) this.#listener?.presenceChanged(room, event)
  }

  #restarted(topic: string, position: Position): void {
    const room = this.#roomOf(topic)
    if (room !== undefined) this.#listener?.historyRestarted(room, position)
  }

  /** The room of a topic; `undefined` if it is not the topic of a room of this hub. */
  #roomOf(topic: string): string | undefined {
    const rooms = `${this.#prefix}room/`
    return topic.startsWith(rooms) ? decodeName(topic.slice(rooms.length)) : undefined
  }

  /** The topics of its names, the topic of all servers, or both; see message-reach.ts. */
  #topicsOf(message: Omit<ClusterMessage, 'id'>): string[] {
    const { scope, names } = message.address
    const topics = goesToNames(message) ? names.map((name) => this.topic(scope, name)) : []
    return goesToAll(message) ? [...topics, this.#allServers] : topics
  }

  get #allServers(): string {
    return this.topic('server', '')
  }

  async #publishOn(topic: string, bytes: Uint8Array): Promise<PublishResult> {
    try {
      const reached = await this.#broker.publish(topic, bytes)
      this.#outage.over()
      return { reached: reached ?? undefined, failed: false }
    } catch (error) {
      this.#listener?.unsent()
      this.#failed(error)
      return { reached: 0, failed: true }
    }
  }

  async #attempt(work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
      this.#outage.over()
    } catch (error) {
      this.#failed(error)
    }
  }

  // An outage is reported once, no matter how many messages and topics it affects.
  #failed(error: unknown): void {
    // A closed broker may reject later calls.
    if (this.#outage.isFirst('') && !this.#closed) this.#listener?.failed(error)
  }
}

function sum(all: readonly PublishResult[]): PublishResult {
  return all.reduce(
    (one, other) => ({
      reached: one.reached === undefined || other.reached === undefined ? undefined : one.reached + other.reached,
      failed: one.failed || other.failed,
    }),
    NO_OTHER_SERVER,
  )
}
