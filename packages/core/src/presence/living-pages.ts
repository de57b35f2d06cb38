import type { BrokerPresence, LeasedMember } from '../cluster/broker.js'
import type { LeaseKeeper } from './lease-keeper.js'

/** A page of the members of a topic on living servers. */
export interface LivingPage {
  /** The members on this server, as the store has them. */
  readonly own: readonly LeasedMember[]
  readonly others: readonly LeasedMember[]
}

/** The members of a topic on living servers, in pages. Throws if the store fails. */
export async function* livingPages(
  topic: string,
  presence: BrokerPresence,
  leases: LeaseKeeper,
): AsyncIterable<LivingPage> {
  const living = await leases.others()
  for await (const { members } of presence.list(topic)) {
    const own = members.filter(({ lease }) => lease === leases.state.id)
    yield { own, others: members.filter(({ lease }) => living.has(lease)) }
  }
}
