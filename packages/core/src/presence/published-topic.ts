import type { Presence } from './presence.js'
import { PresenceReaders, type Reader } from './presence-readers.js'
import { newTopic, topicHeard, topicRead, topicReadFailed, type TopicState, topicUnheard } from './presence-state.js'

/** A topic by its name in the hub. */
export interface PresencePlace {
  readonly topic: string
  readonly scope: 'room' | 'user' | 'server'
  readonly name: string
  /** Whether its members get presence changes. */
  readonly tell: boolean
}

/** A topic that is in the store or must be added to it. */
export class PublishedTopic {
  readonly topic: string
  readonly place: PresencePlace
  readonly state: TopicState
  readonly readers = new PresenceReaders()
  #hearing: Promise<void> | undefined

  constructor(place: PresencePlace) {
    this.topic = place.topic
    this.place = place
    this.state = newTopic(place.tell)
  }

  /**
   * The topic has a connection here.
   * @param subscription settles once events arrive here, or never will; undefined if they do already
   * @param heard called then, unless all connections have left before
   */
  occupied(subscription: () => Promise<void> | undefined, heard: () => void): void {
    if (this.state.heard || this.#hearing) return
    const hearing = subscription()
    this.#hearing = hearing
    if (!hearing) return topicHeard(this.state)
    void this.#wait(hearing, heard)
  }

  /**
   * Lists the topic for a reader on this server.
   * @param flush has the topic settled, and resolves afterwards
   * @returns undefined if the store could not be listed. Never rejects
   */
  async read(flush: () => Promise<void>): Promise<Presence[] | undefined> {
    await this.#hearing
    topicRead(this.state)
    const reader = this.readers.add()
    void this.#endAfter(flush(), reader)
    return reader.promise
  }

  /** All connections here have left, and events do not arrive any more. */
  emptied(): void {
    this.#hearing = undefined
    topicUnheard(this.state)
  }

  async #wait(hearing: Promise<void>, heard: () => void): Promise<void> {
    await hearing
    if (this.#hearing !== hearing) return
    this.#hearing = undefined
    topicHeard(this.state)
    heard()
  }

  async #endAfter(flush: Promise<void>, reader: Reader): Promise<void> {
    await flush
    if (this.readers.giveUp(reader)) topicReadFailed(this.state)
  }
}
