import { encode } from '../protocol/codec.js'
import type { LeasedMember, PresentUser } from '../cluster/broker-presence.js'

/** The most connections of one user that others see. */
export const MAX_LISTED_CONNECTIONS = 32

/** A connection of a user, with the lease of its server. */
type PlacedConnection = Omit<LeasedMember, 'user'>

/** A user as others see it: the newest connection determines the state. @param places at least one */
export function presentUser(user: string, places: readonly PlacedConnection[]): PresentUser {
  const sorted = newestFirst(places)
  const connections = new Set<string>()
  for (const { connection } of sorted) if (connections.size < MAX_LISTED_CONNECTIONS) connections.add(connection)
  return { user, state: sorted[0]?.state, connections: [...connections] }
}

/** Connections of one user, the newest first. The order of two that are equally old depends on their ids. */
export function newestFirst<Place extends PlacedConnection>(places: readonly Place[]): readonly Place[] {
  return places.length > 1 ? places.toSorted(compareAges) : places
}

/** A user as JSON text, as members get it. */
export function presentUserText({ user, state, connections }: PresentUser): string {
  const middle = state === undefined ? '' : `,"state":${state}`
  return `{"user":${encode(user)}${middle},"connections":${encode(connections)}}`
}

function compareAges(one: PlacedConnection, other: PlacedConnection): number {
  if (one.since !== other.since) return other.since - one.since
  return placeText(one) < placeText(other) ? 1 : -1
}

function placeText({ lease, connection }: PlacedConnection): string {
  return `${lease}:${connection}`
}
