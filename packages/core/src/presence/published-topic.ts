import type { Presence } from './presence.js'
import type { MemberChange } from './presence-members.js'
import { PresenceReaders, type Reader } from './presence-readers.js'
import {
  newTopic,
  type NamesLimit,
  topicSubscribed,
  topicRead,
  topicReadFailed,
  type TopicState,
  topicUnsubscribed,
} from './presence-state.js'

/** A topic, with the scope and the name that it has in the hub. */
export interface PresencePlace {
  readonly topic: string
  readonly scope: 'room' | 'user' | 'server'
  readonly name: string
  /** Set if its members get presence changes. */
  readonly notify: NamesLimit | undefined
}

/** A change of one connection at a place. */
export interface PlaceChange extends MemberChange {
  /** Whether the connection is there now. */
  readonly here: boolean
}

/** What members of a topic know: the number of their last news, and whether they get the number of users instead of names. */
export interface NotifiedPresence {
  readonly seq: number
  /** The number of users, if it is known. */
  readonly users: number | undefined
  readonly isCounted: boolean
}

/** A topic that is in the store or must be added to it. */
export class PublishedTopic {
  readonly topic: string
  readonly place: PresencePlace
  readonly state: TopicState
  readonly readers = new PresenceReaders()
  /** When members last got the number of users, on the monotonic clock in milliseconds. */
  countedAt = -Infinity
  #subscription: Promise<void> | undefined

  constructor(place: PresencePlace) {
    this.topic = place.topic
    this.place = place
    this.state = newTopic(place.notify)
  }

  get notified(): NotifiedPresence | undefined {
    const { view } = this.state
    return view && { seq: view.seq, users: view.known?.users.size, isCounted: view.isCounted }
  }

  /**
   * The topic has a connection here.
   * @param subscription settles once events arrive here, or never will; undefined if they do already
   * @param subscribed called then, unless all connections have left before
   */
  occupied(subscription: () => Promise<void> | undefined, subscribed: () => void): void {
    if (this.state.subscribed || this.#subscription) return
    const pending = subscription()
    this.#subscription = pending
    if (!pending) return topicSubscribed(this.state)
    void this.#wait(pending, subscribed)
  }

  /**
   * Lists the topic for a reader on this server.
   * @param flush settles the topic, and resolves afterwards
   * @returns undefined if the store could not be listed: {@link bypassed} must follow. Never rejects
   */
  async read(flush: () => Promise<void>): Promise<Presence[] | undefined> {
    await this.#subscription
    topicRead(this.state)
    const reader = this.readers.add()
    void this.#endAfter(flush(), reader)
    return reader.promise
  }

  /** Members here may get a list that does not come from {@link read}. @returns whether they get presence changes */
  bypassed(): boolean {
    if (this.state.view) topicReadFailed(this.state)
    return this.state.view !== undefined
  }

  /** All connections here have left, and events do not arrive any more. */
  emptied(): void {
    this.#subscription = undefined
    topicUnsubscribed(this.state)
  }

  async #wait(subscription: Promise<void>, subscribed: () => void): Promise<void> {
    await subscription
    if (this.#subscription !== subscription) return
    this.#subscription = undefined
    topicSubscribed(this.state)
    subscribed()
  }

  async #endAfter(flush: Promise<void>, reader: Reader): Promise<void> {
    await flush
    this.readers.giveUp(reader)
  }
}
