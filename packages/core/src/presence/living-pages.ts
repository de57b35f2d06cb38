import type { BrokerPresence, LeasedMember } from '../cluster/broker.js'
import type { LeaseKeeper } from './lease-keeper.js'

/** Members of a topic on servers that live. */
export interface LivingPage {
  /** Those of this server, as the store has them. */
  readonly own: readonly LeasedMember[]
  readonly others: readonly LeasedMember[]
}

/** Everything on a topic except for the members of dead servers, in pages. Throws if the store fails. */
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
