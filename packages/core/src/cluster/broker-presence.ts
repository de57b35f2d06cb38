/** One connection of a user. */
export interface PresenceMember {
  /** Any string. */
  readonly user: string
  /** ASCII without spaces and control characters, unique among all servers. */
  readonly connection: string
  /** What others see of the user: JSON text of at most 1,024 bytes without control characters. Undefined if there is nothing. */
  readonly state?: string | undefined
}

/** A member that is added. */
export interface AddedMember extends PresenceMember {
  /** Milliseconds since the connection was opened, on the monotonic clock of its server. */
  readonly age: number
}

/** A member of a topic in the store, with the lease of the server that it is connected to. */
export interface LeasedMember extends PresenceMember {
  readonly lease: string
  /** When the connection was opened: the clock of the store when it was added, minus its age; milliseconds. */
  readonly since: number
}

/** A user of a topic. */
export interface PresentUser {
  readonly user: string
  /** The state of the newest connection. */
  readonly state: string | undefined
  /** The ids of the connections, the newest first; at most 32. */
  readonly connections: readonly string[]
}

/**
 * Users who joined a topic with their first connection, users of whom others see something else now, and users who left with
 * their last connection.
 */
export interface PresenceChange {
  readonly joined: readonly PresentUser[]
  readonly changed: readonly PresentUser[]
  readonly left: readonly string[]
}

/** A change of the users of a topic, on its way to subscribers. */
export interface PresenceEvent extends PresenceChange {
  /** Names the users that the topic has after this change, with their states; `''` if it has none. */
  readonly tag: string
  /** The tag before this change. A server that stands at another one has missed something, and lists the topic again. */
  readonly previous: string
}

/** The summary of a topic in the store. */
export interface PresenceHead {
  /** Changes with every change of the users; `''` if there are none. */
  readonly tag: string
  /** The digest of each lease that has members on the topic. */
  readonly leases: ReadonlyMap<string, string>
}

/** Some of what the store has of a topic, including members of leases that have run out. */
export interface PresencePage extends PresenceHead {
  /** In no order. All members of one user are on one page, and no user is on two. */
  readonly members: readonly LeasedMember[]
}

/** A change of the members that one lease has on a topic. */
export interface PresenceSync {
  /** The lease of this server, or one that has run out: its members are then taken off. */
  readonly lease: string
  /** The digest that the store must have of this lease for the change to apply; `''` for a lease without members. */
  readonly base: string
  /** The digest after the change: 1 to 64 characters of `[\w.-]`; `''` if the lease has no member left. */
  readonly digest: string
  /** Members that are present after the change. One that is present already keeps its age and gets the new state. */
  readonly add: readonly AddedMember[]
  /** Members that are absent after the change. */
  readonly remove: readonly PresenceMember[]
  /** Whether subscribers of the topic get the change. */
  readonly notify: boolean
}

/**
 * Who is on which topic, on all servers. A server opens a lease under a fresh id, renews it, and enters its members under
 * it. A lease that ran out never comes back: its server opens another one. Everything else (what to send, what was lost,
 * whose members to take off) is decided by the hub.
 */
export interface BrokerPresence {
  /** Milliseconds that a lease lives after it was opened or renewed. A hub renews at a third of it. */
  readonly lease: number
  /** Makes a lease. @param lease a fresh id: 16 characters of `[\w-]` */
  open(lease: string): void | Promise<void>
  /**
   * Renews a lease that lives. One that has run out, or that the store has lost, is not made again.
   * @returns the leases that live now; without `lease` if that does not
   */
  renew(lease: string): readonly string[] | Promise<readonly string[]>
  /** Ends a lease at once. */
  release(lease: string): void | Promise<void>
  /** The leases that live now. */
  living(): readonly string[] | Promise<readonly string[]>
  /**
   * Changes the members that a lease has on a topic, all at once or not at all. The store derives from the members who came
   * first, who left last, and whose newest connection or state has changed. If there is any such user, it gives the topic
   * another tag and, with `notify`, hands the difference to every server that subscribed to the topic, this one included.
   * @returns false if the digest of the lease is not `base`; nothing has changed then
   */
  sync(topic: string, change: PresenceSync): boolean | Promise<boolean>
  /**
   * Everything on a topic at one moment, in pages: the hub takes one page in one turn of the event loop, so a page has some
   * thousand members at most. At least one page. Throws if the moment is lost on the way.
   */
  list(topic: string): Iterable<PresencePage> | AsyncIterable<PresencePage>
  /**
   * The summaries of topics, in the order asked for; cheap.
   * @param keep whether the store is to keep these topics for another hour at least; `sync` does so, too
   */
  check(topics: readonly string[], keep: boolean): readonly PresenceHead[] | Promise<readonly PresenceHead[]>
  /** How many users a topic has, including those of leases that have run out. Without it the hub lists the topic. */
  count?(topic: string): number | Promise<number>
}
