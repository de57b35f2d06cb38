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
 * Users who joined a topic with their first connection, users whose presence state has changed, and users who left with
 * their last connection.
 */
export interface PresenceChange {
  readonly joined: readonly PresentUser[]
  readonly changed: readonly PresentUser[]
  readonly left: readonly string[]
}

/** A change of the users of a topic, on its way to subscribers. */
export interface PresenceEvent extends PresenceChange {
  /** Identifies the users of the topic after this change, with their states; `''` if it has none. */
  readonly tag: string
  /** The tag before this change. A server with another tag has missed a change, and lists the topic again. */
  readonly previous: string
}

/** The summary of a topic in the store. */
export interface PresenceHead {
  /** Changes with every change of the users; `''` if there are none. */
  readonly tag: string
  /** The digest of each lease that has members on the topic. */
  readonly leases: ReadonlyMap<string, string>
}

/** A part of the members of a topic, including those of expired leases. */
export interface PresencePage extends PresenceHead {
  /** In no order. All members of one user are on one page, and no user is on two. */
  readonly members: readonly LeasedMember[]
}

/** A change of the members that one lease has on a topic. */
export interface PresenceSync {
  /** The lease of this server, or an expired one whose members are removed. */
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
 * The users of each topic, on all servers. A server opens a lease under a new id, renews it, and adds its members under
 * it. An expired lease cannot be renewed: its server opens another one. The hub decides everything else, such as what to
 * send, what was lost, and which members to remove.
 */
export interface BrokerPresence {
  /** Milliseconds after which a lease expires unless it is renewed. A hub renews it after a third of this time. */
  readonly lease: number
  /** Opens a lease. @param lease a new id: 16 characters of `[\w-]` */
  open(lease: string): void | Promise<void>
  /**
   * Renews a living lease. One that has expired, or that the store has lost, is not created again.
   * @returns all living leases; `lease` is missing if it has expired
   */
  renew(lease: string): readonly string[] | Promise<readonly string[]>
  /** Ends a lease at once. */
  release(lease: string): void | Promise<void>
  /** Returns all living leases. */
  living(): readonly string[] | Promise<readonly string[]>
  /**
   * Changes the members that a lease has on a topic, all at once or not at all. The store derives from the members who
   * came first, who left last, and whose newest connection or state has changed. If there is any such user, it gives the
   * topic another tag and, with `notify`, sends the difference to every server that subscribed to the topic, this one
   * included.
   * @returns false if the digest of the lease is not `base`; nothing has changed then
   */
  sync(topic: string, change: PresenceSync): boolean | Promise<boolean>
  /**
   * Returns a snapshot of a topic in pages, at least one. The hub processes a page in one turn of the event loop, so a
   * page has at most a few thousand members.
   * @throws if the store loses the snapshot while it is read
   */
  list(topic: string): Iterable<PresencePage> | AsyncIterable<PresencePage>
  /**
   * Returns the heads of topics, in their order. Hubs call it often.
   * @param keep whether the store must keep these topics for at least another hour, as after `sync`
   */
  check(topics: readonly string[], keep: boolean): readonly PresenceHead[] | Promise<readonly PresenceHead[]>
  /**
   * Returns the number of users of a topic, including those of expired leases. Without this method the hub lists the
   * topic.
   */
  count?(topic: string): number | Promise<number>
}
