import type { BrokerPresence, PresenceMember } from '../broker/broker.js'
import { after, type Deadline, every } from '../limits.js'

/** What changed on one topic and is not told yet. */
interface Page {
  readonly entered: Map<string, PresenceMember>
  readonly left: Map<string, PresenceMember>
  readonly tell: boolean
}

/** What a ledger needs of its hub. */
export interface LedgerHost {
  readonly presence: BrokerPresence
  /** Enters everybody of this server again. */
  reenter(): void
  failed(error: unknown): void
}

/** Milliseconds after a flush in which changes are collected: a crowd that comes is a few messages, however it comes. */
const REST = 100

/** Topics that are told at once: everybody who is entered again after an outage is more than what may wait for an answer. */
const AT_ONCE = 1000

/**
 * Tells the other servers who is here. What happens in one turn of the event loop goes out together, at once where it was
 * quiet, and otherwise a little later. What failed goes out again: entering and leaving twice is doing it once.
 */
export class Ledger {
  readonly #host: LedgerHost
  #pages = new Map<string, Page>()
  #flushing: Promise<void> | undefined
  #scheduled = false
  #renewing = false
  #lease: Deadline | undefined
  #rest: Deadline | undefined
  #broken = false
  #closed = false

  constructor(host: LedgerHost) {
    this.#host = host
  }

  /** Somebody is on a topic from now on. @param tell whether its subscribers hear of it */
  enter(topic: string, member: PresenceMember, tell: boolean): void {
    const { entered, left } = this.#page(topic, tell)
    left.delete(member.connection)
    entered.set(member.connection, member)
    this.#schedule()
  }

  /** Somebody is not on a topic any more. */
  leave(topic: string, member: PresenceMember, tell: boolean): void {
    const { entered, left } = this.#page(topic, tell)
    entered.delete(member.connection)
    left.set(member.connection, member)
    this.#schedule()
  }

  /** Who is on a topic, on all servers. */
  async list(topic: string): Promise<readonly PresenceMember[]> {
    return this.#host.presence.list(topic)
  }

  /** Sends what has changed. Resolves once it is known. Never rejects. */
  async flush(): Promise<void> {
    await this.#flushing
    if (this.#broken || this.#pages.size === 0) return this.#flushing
    this.#flushing = this.#send()
    await this.#flushing
  }

  /** Renews the lease now: the link was lost and is back. Never rejects. */
  async renew(): Promise<void> {
    if (this.#renewing || this.#closed) return
    this.#renewing = true
    try {
      if (!(await this.#host.presence.renew())) this.#host.reenter()
      this.#broken = false
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#renewing = false
    }
    this.#schedule()
  }

  /** Sends what is left, and lets the lease run out. */
  async close(): Promise<void> {
    this.#closed = true
    this.#lease?.cancel()
    await this.flush()
    this.#rest?.cancel()
  }

  #page(topic: string, tell: boolean): Page {
    const known = this.#pages.get(topic)
    if (known) return known
    const page: Page = { entered: new Map(), left: new Map(), tell }
    this.#pages.set(topic, page)
    return page
  }

  #schedule(): void {
    const { lease } = this.#host.presence
    if (lease !== Infinity && !this.#closed) this.#lease ??= every(lease / 3, () => void this.renew())
    // While it fails, the next renewal tries again and not every turn.
    if (this.#scheduled || this.#rest || this.#broken || this.#pages.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.flush()
    })
  }

  async #send(): Promise<void> {
    const pages = this.#pages
    this.#pages = new Map()
    this.#rest?.cancel()
    this.#rest = after(REST, () => {
      this.#rest = undefined
      this.#schedule()
    })
    const all = [...pages]
    for (let at = 0; at < all.length; at += AT_ONCE) {
      await Promise.all(all.slice(at, at + AT_ONCE).map(([topic, page]) => this.#post(topic, page)))
    }
  }

  async #post(topic: string, page: Page): Promise<void> {
    const { presence } = this.#host
    const [left, entered] = [[...page.left.values()], [...page.entered.values()]]
    try {
      const gone = left.length > 0 ? presence.leave(topic, left, page.tell) : undefined
      const come = entered.length > 0 ? presence.enter(topic, entered, page.tell) : undefined
      await Promise.all([gone, come])
    } catch (error) {
      this.#failed(error)
      this.#putBack(topic, page)
    }
  }

  /** Keeps what could not be told for the next renewal, unless it is out of date. */
  #putBack(topic: string, { entered, left, tell }: Page): void {
    const page = this.#page(topic, tell)
    for (const [id, member] of left) if (!page.entered.has(id)) page.left.set(id, member)
    for (const [id, member] of entered) if (!page.left.has(id)) page.entered.set(id, member)
  }

  #failed(error: unknown): void {
    if (!this.#broken) this.#host.failed(error)
    this.#broken = true
  }
}
