import type { BrokerPresence, PresenceHead, PresencePage, PresenceSync } from '@wshub/core'
import { LEASE_MS, type PresenceCommand } from './store.js'

/** Presence over the link of a simulated broker. */
export class SimulatedPresence implements BrokerPresence {
  readonly lease = LEASE_MS
  readonly #call: (command: PresenceCommand) => Promise<unknown>

  constructor(call: (command: PresenceCommand) => Promise<unknown>) {
    this.#call = call
  }

  async open(lease: string): Promise<void> {
    await this.#call({ do: 'open', lease })
  }

  async renew(lease: string): Promise<string[]> {
    return (await this.#call({ do: 'renew', lease })) as string[]
  }

  async release(lease: string): Promise<void> {
    await this.#call({ do: 'release', lease })
  }

  async living(): Promise<string[]> {
    return (await this.#call({ do: 'living' })) as string[]
  }

  async sync(topic: string, change: PresenceSync): Promise<boolean> {
    return (await this.#call({ do: 'sync', topic, change })) as boolean
  }

  async *list(topic: string): AsyncIterable<PresencePage> {
    const { members, ...head } = structuredClone(await this.#call({ do: 'list', topic })) as PresencePage
    const first = members.filter(({ user }) => user === members[0]?.user)
    yield { ...head, members: first }
    // Other events may happen between two pages.
    await new Promise((resolve) => setTimeout(resolve, 1))
    yield { ...head, members: members.filter((member) => !first.includes(member)) }
  }

  async check(topics: readonly string[]): Promise<PresenceHead[]> {
    return structuredClone(await this.#call({ do: 'check', topics })) as PresenceHead[]
  }
}
