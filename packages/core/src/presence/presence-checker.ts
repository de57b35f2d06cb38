import type { BrokerPresence } from '../cluster/broker.js'
import type { LeaseKeeper } from './lease-keeper.js'
import { needsWork, topicChecked, type TopicState } from './presence-state.js'

/** The most topics in one request to the store. */
const MAX_CHECKS_AT_ONCE = 500
/** The most topics that are checked per second while nothing is suspicious. */
const MAX_PER_SECOND = 2000
/** The number of rounds in which every topic is checked once, unless there are too many topics. Each renewal is a round. */
const ROUNDS = 3
/** The interval at which the expiry of the store's topics is extended, in milliseconds. */
const KEEP_MS = 600_000

/** A topic that is checked. */
export interface CheckedTopic {
  readonly topic: string
  readonly state: TopicState
}

/** What a checker needs. */
export interface CheckerHost<One extends CheckedTopic> {
  readonly presence: BrokerPresence
  readonly leases: LeaseKeeper
  readonly topics: ReadonlyMap<string, One>
  /** Topics that fail. Checks leave them out, because the store may refuse a check that contains one. They are retried apart. */
  readonly failing: { has(one: One): boolean }
  /** A topic differs from the store. */
  differs(one: One): void
}

/** Compares topics with the store: some in every round, and all of them if something may have been lost. */
export class PresenceChecker<One extends CheckedTopic> {
  readonly #host: CheckerHost<One>
  #cycle: Iterator<One> | undefined
  #again = new Set<One>()
  #keep = false
  #keptAt = performance.now()
  #all: Promise<void> | undefined
  #allAgain = false

  constructor(host: CheckerHost<One>) {
    this.#host = host
  }

  /** Checks the next topics of the cycle, and those that looked suspicious last time. Rejects if the store fails. */
  async round(): Promise<void> {
    const again = this.#again
    this.#again = new Set()
    for (const one of this.#next()) again.add(one)
    await this.#check([...again])
  }

  /** Checks all topics. Rejects if the store fails. */
  async all(): Promise<void> {
    this.#allAgain = true
    this.#all ??= this.#checkAll().finally(() => (this.#all = undefined))
    await this.#all
  }

  async #checkAll(): Promise<void> {
    while (this.#allAgain) {
      this.#allAgain = false
      await this.#check([...this.#host.topics.values()])
    }
  }

  *#next(): Iterable<One> {
    const { topics, presence } = this.#host
    const limit = Math.ceil((MAX_PER_SECOND * presence.lease) / ROUNDS / 1000)
    if (!this.#cycle) this.#begin()
    for (let left = Math.min(limit, Math.ceil(topics.size / ROUNDS)); left > 0; left -= 1) {
      const next = this.#cycle?.next()
      if (!next || next.done) {
        this.#cycle = undefined
        return
      }
      yield next.value
    }
  }

  #begin(): void {
    const now = performance.now()
    this.#keep = now - this.#keptAt >= KEEP_MS
    if (this.#keep) this.#keptAt = now
    this.#cycle = this.#host.topics.values()
  }

  async #check(topics: readonly One[]): Promise<void> {
    const all = topics.filter((one) => !this.#host.failing.has(one))
    for (let at = 0; at < all.length; at += MAX_CHECKS_AT_ONCE) {
      const some = all.slice(at, at + MAX_CHECKS_AT_ONCE)
      const rounds = some.map(({ state }) => state.round)
      const names = some.map(({ topic }) => topic)
      const heads = await this.#host.presence.check(names, this.#keep)
      const { leases, topics: known } = this.#host
      for (const [n, one] of some.entries()) {
        const [head, round] = [heads[n], rounds[n]]
        if (!head || round === undefined || known.get(one.topic) !== one) continue
        const context = { leases: leases.state, round, mayReap: leases.mayReap }
        if (topicChecked(one.state, head, context)) this.#again.add(one)
        if (needsWork(one.state)) this.#host.differs(one)
      }
    }
  }
}
